//! Opens a repository as git itself would: from any folder in it, by what git hands to a hook, and not if it belongs to somebody
//! else.

use std::env;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;
use gix::odb::store::init::Slots;
use gix::open::Options as OpenOptions;
use gix::sec::Trust;
use gix::sec::trust::Mapping;

use crate::place::{PlainName, Root};

use super::alternates::{are_refused, listed};
pub use super::git_error::GitError;
use super::git_error::{discover_error, fault, is_of_somebody_else, open_error};
use super::git_files::{check_git, check_head};
use super::index::Index;
use super::object_reader::ObjectReader;
use super::objects::Singles;
use super::os::{name_bytes, shown};
use super::reftable::{self, References, Target};
use super::regular_file::regular;
use super::stores::Stores;
use super::trust;

/// A repository, to read objects from.
pub(super) struct Repository {
    repository: gix::ThreadSafeRepository,
    stores: Stores,
    /// The file that says where the history is cut off, which need not be there: a push out of a shallow clone has one of its own.
    shallow: PathBuf,
}

/// What git names for programs that it runs: the repository, the top of its files, its index, and where objects are besides the repository's own.
pub(super) const GIT_DIR: &str = "GIT_DIR";
pub(super) const WORK_TREE: &str = "GIT_WORK_TREE";
const INDEX_FILE: &str = "GIT_INDEX_FILE";
const OBJECT_DIRECTORY: &str = "GIT_OBJECT_DIRECTORY";
const ALTERNATES: &str = "GIT_ALTERNATE_OBJECT_DIRECTORIES";
const SHALLOW_FILE: &str = "GIT_SHALLOW_FILE";

impl Repository {
    /// Opens the repository that `folder` is in, or that git's environment names.
    ///
    /// # Errors
    /// There is none, it belongs to somebody else, or it is broken.
    pub(super) fn open(folder: &Path) -> Result<Self, GitError> {
        Self::with(discover(folder)?)
    }

    /// Opens the repository in `git`, as a submodule's own, whatever git's environment names.
    ///
    /// # Errors
    /// It belongs to somebody else, or is broken.
    pub(super) fn open_at(git: &Path) -> Result<Self, GitError> {
        check_git(git).map_err(|found| fault(git, found))?;
        // Of a submodule that was taken away, git keeps the repository, whose `core.worktree` then names a folder that is gone, and
        // that is nobody's. Whose the repository is says its own folder.
        let repository = match Trust::from_path_ownership(git) {
            Ok(Trust::Full) => open_with(git, options().bail_if_untrusted(false))?,
            _ => open(git)?,
        };
        let local = repository.to_thread_local();
        let shallow = local.common_dir().join("shallow");
        let stores = Stores::open(local.common_dir().join("objects"), Vec::new(), local.object_hash())?;
        Ok(Repository { repository, stores, shallow })
    }

    fn with(repository: gix::ThreadSafeRepository) -> Result<Self, GitError> {
        let local = repository.to_thread_local();
        let elsewhere = env::var_os(OBJECT_DIRECTORY).into_iter().map(PathBuf::from);
        let alternates = env::var_os(ALTERNATES).unwrap_or_default();
        let elsewhere = elsewhere.chain(listed(&name_bytes(Path::new(&alternates)))).filter(|path| path.is_dir());
        let stores = Stores::open(local.common_dir().join("objects"), elsewhere.collect(), local.object_hash())?;
        let shallow = env::var_os(SHALLOW_FILE).map_or_else(|| local.common_dir().join("shallow"), PathBuf::from);
        Ok(Repository { repository, stores, shallow })
    }

    /// What the next commit would record.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn index(&self) -> Result<Index, GitError> {
        let repository = self.repository.to_thread_local();
        // By git's own rule: gix has a setting besides, which a repository could use to hide its index.
        let path = match env::var_os(INDEX_FILE) {
            Some(path) => repository.workdir().unwrap_or(Path::new("")).join(path),
            None => repository.git_dir().join("index"),
        };
        let index = regular(&path, u64::MAX).and_then(|()| Index::open(&path, repository.object_hash()));
        index.map_err(|fault| GitError::new(format!("git's index cannot be read: {fault}"), "see `git status`"))
    }

    /// All references, where they are kept as reftable, which gix does not read.
    ///
    /// # Errors
    /// A table cannot be read.
    pub(super) fn tables(&self) -> Result<Option<References>, GitError> {
        let local = self.repository.to_thread_local();
        let unreadable = |fault: String| GitError::new(format!("references cannot be read: {fault}"), "see `git fsck`");
        let common = local.common_dir().join("reftable");
        if !common.is_dir() {
            return Ok(None);
        }
        let mut references = reftable::read(&common, local.object_hash()).map_err(unreadable)?;
        if local.git_dir() != local.common_dir() {
            // A linked work tree has a HEAD, and little else, of its own.
            let own = reftable::read(&local.git_dir().join("reftable"), local.object_hash()).map_err(unreadable)?;
            references.retain(|(name, _)| own.binary_search_by(|(other, _)| other.cmp(name)).is_err());
            references.extend(own);
        }
        Ok(Some(references))
    }

    /// The repository for one thread, with all of its references, and nothing in the place of another.
    pub(super) fn local(&self) -> gix::Repository {
        let mut repository = self.repository.to_thread_local();
        repository.clear_namespace();
        repository.objects.ignore_replacements = true;
        repository
    }

    /// The repository's hash.
    pub(super) fn hash(&self) -> gix::hash::Kind {
        self.repository.to_thread_local().object_hash()
    }

    /// The folder that linked work trees share.
    pub(super) fn common_dir(&self) -> PathBuf {
        self.repository.to_thread_local().common_dir().to_owned()
    }

    /// The commits at which the history was cut off on purpose.
    ///
    /// # Errors
    /// The list of them cannot be read.
    pub(super) fn shallow(&self) -> Result<Vec<ObjectId>, String> {
        super::shallow::shallow(&self.shallow)
    }

    /// The folders that objects are in, without those that these borrow from.
    pub(super) fn object_folders(&self) -> Vec<PathBuf> {
        self.stores.folders.clone()
    }

    /// The top of what it records, as a person in the current folder names it.
    pub(super) fn root(&self) -> Arc<Root> {
        self.root_of(Path::new("."))
    }

    /// The same as a person names it who named `folder`.
    pub(super) fn root_of(&self, folder: &Path) -> Arc<Root> {
        let repository = self.repository.to_thread_local();
        // How far above the folder the top is; it may be elsewhere altogether, and the top of a bare repository is itself.
        let top = repository.workdir().unwrap_or(repository.git_dir()).canonicalize();
        let above = |top: PathBuf| {
            let folder = folder.canonicalize().ok()?;
            Some(folder.strip_prefix(&top).ok()?.components().count())
        };
        root(from_above(folder, top.ok().and_then(above).unwrap_or(0)))
    }

    /// The same as somebody names it who is nowhere in it.
    pub(super) fn root_from_afar(&self) -> Arc<Root> {
        root(Vec::new())
    }

    /// What reads objects, for one thread.
    pub(super) fn objects(&self) -> ObjectReader {
        self.stores.reader(self.repository.to_thread_local().objects.into_inner())
    }

    /// Our own reading of objects; none where gix finds them all.
    pub(super) fn singles(&self) -> Option<&Singles> {
        self.stores.singles().map(|objects| &**objects)
    }
}

/// Finds the repository that `folder` is in, or that git's environment names.
///
/// # Errors
/// There is none, it belongs to somebody else, or it is broken.
pub(super) fn discover(folder: &Path) -> Result<gix::ThreadSafeRepository, GitError> {
    if let Some(git) = check(folder)? {
        return open(&git);
    }
    let discover = |options: OpenOptions| {
        let trust = Mapping { full: options.clone(), reduced: options };
        // A ceiling that is not above the folder is none, as for git.
        let upwards = gix::discover::upwards::Options { match_ceiling_dir_or_error: false, ..Default::default() };
        gix::ThreadSafeRepository::discover_with_environment_overrides_opts(folder, upwards, trust)
    };
    let opened = if_trusted(options(), &discover);
    // A hook of a server that has a work tree is told `.`, which does not look like a repository that has one.
    let itself = || env::var_os(GIT_DIR).and_then(|git| PathBuf::from(git).canonicalize().ok());
    if opened.is_err()
        && let Some(git) = itself().filter(|git| git.join("HEAD").is_file())
    {
        return open(&git);
    }
    let named = env::var_os(GIT_DIR).map(PathBuf::from);
    opened.map_err(|error| discover_error(folder, named.as_deref(), &error))
}

/// How a repository is opened: only if it belongs to whoever asks.
fn options() -> OpenOptions {
    OpenOptions::default().bail_if_untrusted(true).config_overrides([ALLOC_LIMIT])
}

/// Opens a repository if it belongs to whoever asks, or is one that they trust.
fn if_trusted(
    options: OpenOptions,
    open: &dyn Fn(OpenOptions) -> Result<gix::ThreadSafeRepository, gix::Error>,
) -> Result<gix::ThreadSafeRepository, gix::Error> {
    // gix reads no objects where it does not find the folders that they are borrowed from. It is to read all but these then.
    let open = |options: OpenOptions| match open(options.clone()) {
        Err(error) if are_refused(&error) => open(options.object_store_slots(Slots::Given(1))),
        opened => opened,
    };
    let refused = match open(options.clone()) {
        Err(error) if is_of_somebody_else(&error) => error,
        opened => return opened,
    };
    // Nothing of a repository is run: it is opened to find out what it is.
    let opened = open(options.bail_if_untrusted(false).filter_config_section(|_| true));
    let is_trusted = |opened: &gix::ThreadSafeRepository| {
        let local = opened.to_thread_local();
        trust::by_environment(local.workdir().unwrap_or(local.git_dir()))
    };
    opened.ok().filter(is_trusted).ok_or(refused)
}

/// The most bytes that one object is given room for: what a pack says of sizes is not to be believed.
const ALLOC_LIMIT: &str = "gitoxide.objects.allocLimit=2147483648";

/// Opens the repository in `git` itself.
fn open(git: &Path) -> Result<gix::ThreadSafeRepository, GitError> {
    open_with(git, options())
}

fn open_with(git: &Path, options: OpenOptions) -> Result<gix::ThreadSafeRepository, GitError> {
    let trust = Trust::from_path_ownership(git).unwrap_or(Trust::Reduced);
    let open = |options: OpenOptions| gix::ThreadSafeRepository::open_opts(git, options.with(trust));
    let opened = if_trusted(options.open_path_as_is(true), &open);
    opened.map_err(|error| open_error(git, &error))
}

/// Makes sure that the repository that `folder` is in is the nearest one, and that opening it does not wait for ever. Gives the
/// repository itself if `folder` lies in that, as git's own folders do.
fn check(folder: &Path) -> Result<Option<PathBuf>, GitError> {
    check_variables()?;
    if let Some(git) = env::var_os(GIT_DIR).map(PathBuf::from) {
        return check_git(&git).map(|()| None).map_err(|found| fault(&git, found));
    }
    let Ok(folder) = folder.canonicalize() else { return Ok(None) };
    for above in folder.ancestors() {
        if let Some(git) = inside(above)? {
            return Ok(Some(git));
        }
        let git = above.join(".git");
        let is_file = match git.metadata() {
            Ok(found) => !found.is_dir(),
            Err(_) => continue,
        };
        check_git(&git).map_err(|found| fault(&git, found))?;
        if gix::discover::is_git(&git).is_ok() {
            return Ok(None);
        }
        check_head(&git)?;
        // Git passes a folder of that name that is none, but not a file that leads nowhere.
        if is_file {
            return Err(fault(&git, "it leads to no repository".to_owned()));
        }
    }
    Ok(None)
}

/// Makes sure that what git's environment names is there: gix says of what is not only that there is no repository, or that it is somebody
/// else's.
fn check_variables() -> Result<(), GitError> {
    for name in [GIT_DIR, WORK_TREE, INDEX_FILE] {
        if env::var_os(name).is_some_and(|path| path.is_empty()) {
            return Err(GitError::new(format!("{name} is set, and empty"), "unset it, or have it name what it is for"));
        }
    }
    for (name, remedy) in [
        (GIT_DIR, "unset it, or have it name a repository"),
        (WORK_TREE, "unset it, or have it name the top of the repository's files"),
    ] {
        if let Some(path) = env::var_os(name).map(PathBuf::from).filter(|path| !path.exists()) {
            return Err(GitError::new(format!("{name} names {}, which is not there", shown(&path)), remedy));
        }
    }
    Ok(())
}

/// A folder, if it is a repository's own; a folder that has a `.git` of its own is not asked.
fn inside(folder: &Path) -> Result<Option<PathBuf>, GitError> {
    let has = |name: &str| folder.join(name).symlink_metadata().is_ok();
    if has(".git") || !has("HEAD") || !(has("objects") || has("commondir")) {
        return Ok(None);
    }
    check_git(folder).map_err(|found| fault(folder, found))?;
    if gix::discover::is_git(folder).is_ok() {
        return Ok(Some(folder.to_owned()));
    }
    check_head(folder)?;
    Ok(None)
}

/// How many references may lead to each other: longer chains than git follows.
pub(super) const LONGEST: usize = 8;

/// What a reference stands for in the end; none if that is not there.
pub(super) fn resolve(references: &References, name: &[u8]) -> Option<ObjectId> {
    let mut name = name;
    for _ in 0..=LONGEST {
        match &references.iter().find(|(known, _)| known == name)?.1 {
            Target::Object(id) => return Some(*id),
            Target::Symbolic(next) => name = next,
        }
    }
    None
}

fn root(named: Vec<u8>) -> Arc<Root> {
    Arc::new(Root { named, name: PlainName(Vec::new()), is_redacted: false, in_repository: Some(Vec::new()) })
}

/// The folder so many folders above another one, as a person names it who named that.
fn from_above(folder: &Path, mut steps: usize) -> Vec<u8> {
    let mut named: PathBuf = folder.components().filter(|part| !matches!(part, Component::CurDir)).collect();
    // A link leads elsewhere, and what is above it is not what is above that.
    while steps > 0 && matches!(named.components().next_back(), Some(Component::Normal(_))) && !named.is_symlink() {
        named.pop();
        steps -= 1;
    }
    (0..steps).for_each(|_| named.push(".."));
    name_bytes(&named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_to_each_other_so_many_times() {
        let id = ObjectId::null(gix::hash::Kind::Sha1);
        let name = |number: usize| format!("refs/heads/{number}").into_bytes();
        let mut references: References =
            (0..20).map(|number| (name(number), Target::Symbolic(name(number + 1)))).collect();
        references.push((name(20), Target::Object(id)));
        for (first, expected) in [(20, Some(id)), (19, Some(id)), (12, Some(id)), (11, None), (0, None)] {
            assert_eq!(resolve(&references, &name(first)), expected, "{}", 20 - first);
        }
        let circle: References = vec![(name(0), Target::Symbolic(name(0)))];
        assert_eq!(resolve(&circle, &name(0)), None);
    }
}
