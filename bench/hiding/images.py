"""Container images: by the programs that make them, and by the layouts that others write."""

from __future__ import annotations

import hashlib
import json
import shutil

from hiding import Group, run, write
from hiding.encoders import as_bytes, gz, tar_of, zstd_of

IMAGES = Group("Container images")
GROUPS = [IMAGES]

CONFIG = {
    "architecture": "amd64",
    "os": "linux",
    "config": {"Cmd": ["/bin/shop"]},
    "rootfs": {"type": "layers", "diff_ids": []},
}


def app(key: str) -> dict[str, bytes | str]:
    return {"etc/shop/settings.env": f"RETAILGRID_KEY={key}\n", "bin/shop": "#!/bin/sh\n"}


def with_umoci(folder, key: str) -> None:
    """An OCI layout `image` with one layer."""
    run(folder, "umoci", "init", "--layout", "image")
    run(folder, "umoci", "new", "--image", "image:shop")
    run(folder, "umoci", "unpack", "--rootless", "--image", "image:shop", "bundle")
    for name, content in app(key).items():
        write(folder, f"bundle/rootfs/{name}", content)
    run(folder, "umoci", "repack", "--image", "image:shop", "bundle")
    shutil.rmtree(folder / "bundle")


@IMAGES.place(
    "OCI layout", "a folder, made by umoci: layers are tar.gz named by their hash", programs=("umoci",), encoding=()
)
def oci_layout(folder, key):
    with_umoci(folder, key)


@IMAGES.place("docker save", "made by skopeo: layers in a tar", programs=("umoci", "skopeo"), encoding=(), kind="image")
def docker_archive(folder, key):
    with_umoci(folder, key)
    run(
        folder,
        "skopeo",
        "--insecure-policy",
        "--tmpdir",
        ".",
        "copy",
        "-q",
        "oci:image:shop",
        "docker-archive:shop.tar:shop:1",
    )
    shutil.rmtree(folder / "image")


@IMAGES.place("OCI archive", "made by skopeo: the layout in a tar", programs=("umoci", "skopeo"), encoding=(), kind="image")
def oci_archive(folder, key):
    with_umoci(folder, key)
    run(folder, "skopeo", "--insecure-policy", "--tmpdir", ".", "copy", "-q", "oci:image:shop", "oci-archive:shop.tar:1")
    shutil.rmtree(folder / "image")


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def saved(config: dict, layers: list[bytes]) -> bytes:
    """What `docker save` wrote up to its version 24: a folder a layer, with `layer.tar` in it."""
    config = {**config, "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest(layer)}" for layer in layers]}}
    settings = json.dumps(config).encode()
    members: dict[str, bytes | str] = {}
    for layer in layers:
        members[f"{digest(layer)}/VERSION"] = "1.0"
        members[f"{digest(layer)}/layer.tar"] = layer
    members[f"{digest(settings)}.json"] = settings
    members["manifest.json"] = json.dumps(
        [
            {
                "Config": f"{digest(settings)}.json",
                "RepoTags": ["shop:1"],
                "Layers": [f"{digest(layer)}/layer.tar" for layer in layers],
            }
        ]
    )
    return tar_of(members)


IMAGES.blob(
    "docker save, a file deleted in a later layer",
    "`RUN rm settings.env` does not take it out of the image",
    "shop.tar",
    lambda k: saved(CONFIG, [tar_of(app(k)), tar_of({"etc/shop/.wh.settings.env": ""})]),
    None,
    (),
    kind="image",
)
IMAGES.blob(
    "an image's environment",
    "`ENV` in the configuration",
    "shop.tar",
    lambda k: saved({**CONFIG, "config": {"Env": ["PATH=/bin", f"RETAILGRID_KEY={k}"]}}, [tar_of({"bin/shop": ""})]),
    None,
    (),
    kind="image",
)
IMAGES.blob(
    "an image's history",
    "`ARG` in a build's command",
    "shop.tar",
    lambda k: saved({**CONFIG, "history": [{"created_by": f"|1 KEY={k} /bin/sh -c make"}]}, [tar_of({"bin/shop": ""})]),
    None,
    (),
    kind="image",
)


def oci(layer: bytes, kind: str) -> dict[str, bytes | str]:
    config = json.dumps({**CONFIG, "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": f"sha256:{digest(config)}",
                "size": len(config),
            },
            "layers": [
                {
                    "mediaType": f"application/vnd.oci.image.layer.v1.{kind}",
                    "digest": f"sha256:{digest(layer)}",
                    "size": len(layer),
                }
            ],
        }
    )
    blobs = {f"blobs/sha256/{digest(as_bytes(one))}": one for one in (layer, config, manifest)}
    index = {
        "schemaVersion": 2,
        "manifests": [
            {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": f"sha256:{digest(manifest.encode())}",
                "size": len(manifest),
            }
        ],
    }
    return {"oci-layout": '{"imageLayoutVersion": "1.0.0"}', "index.json": json.dumps(index), **blobs}


IMAGES.blob(
    "OCI archive with zstd layers",
    "as newer builders write it",
    "shop.tar",
    lambda k: tar_of(oci(zstd_of(tar_of(app(k))), "tar+zstd")),
    None,
    (),
    modules=("zstandard",),
    kind="image",
)
IMAGES.blob(
    "image in a tar.gz", "`docker save | gzip`", "shop.tar.gz", lambda k: gz(saved(CONFIG, [tar_of(app(k))])), None, ()
)
