# A small image that holds gridleaks alone, for CI jobs that run in containers; docs/install.md says how to use it.
FROM rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /build
COPY Cargo.toml Cargo.lock README.md ./
COPY src src
COPY rules rules
RUN cargo install --locked --path . --root /out

# With a shell: CI services run their scripts in it.
FROM alpine:3.22
RUN apk add --no-cache ca-certificates git
COPY --from=build /out/bin/gridleaks /usr/local/bin/gridleaks
# Git, and so gridleaks, refuses repositories that belong to somebody else, as one does that is mounted.
RUN git config --system --add safe.directory '*'
CMD ["gridleaks", "--help"]
