//! No path, no `..` and no symbolic link leads out of the mapped folders.

use std::os::unix::fs::symlink;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use proptest::prelude::*;
use transfer_local::files::{Entry, Kind, Mapping, View, VirtualPath};

const SECRET: &str = "nobody may read this";

/// A name that no client can come to give to a file of its own.
const NOT_HERS: &str = "only outside";

/// An operation that a client may try with two paths.
#[derive(Clone, Debug)]
enum Op {
    Read(String),
    Write(String),
    Truncate(String),
    List(String),
    Stat(String),
    MakeDir(String),
    RemoveDir(String),
    Remove(String),
    Rename(String, String),
}

/// Paths of names that exist, of links that lead outside, and of dots.
fn path() -> impl Strategy<Value = String> {
    let component = prop_oneof![
        3 => Just(".."), 1 => Just("."), 1 => Just(""), 2 => Just("a"), 2 => Just("b"),
        1 => Just("shared"), 1 => Just("outside"), 1 => Just("secret"), 1 => Just("root"),
        2 => Just("absolute-link"), 2 => Just("relative-link"), 2 => Just("parent-link"),
        1 => Just("loop"), 1 => Just("bucket"), 1 => Just("alice"), 1 => Just("bob"),
        1 => Just("file"), 1 => Just("\0"), 1 => Just("\\..\\.."), 1 => Just("…"),
    ];
    (any::<bool>(), prop::collection::vec(component, 0..8)).prop_map(|(absolute, components)| {
        format!("{}{}", if absolute { "/" } else { "" }, components.join("/"))
    })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        path().prop_map(Op::Read),
        path().prop_map(Op::Write),
        path().prop_map(Op::Truncate),
        path().prop_map(Op::List),
        path().prop_map(Op::Stat),
        path().prop_map(Op::MakeDir),
        path().prop_map(Op::RemoveDir),
        path().prop_map(Op::Remove),
        (path(), path()).prop_map(|(from, to)| Op::Rename(from, to)),
    ]
}

fn mapping() -> impl Strategy<Value = Mapping> {
    let at = |text: &str| VirtualPath::absolute(text).unwrap();
    let entry = move |entry, target, kind| Entry { at: at(entry), target: at(target), kind };
    prop_oneof![
        Just(Mapping::path(at("/bucket/alice"))),
        Just(Mapping::path(at("/bucket/../bucket/./alice"))),
        Just(Mapping::logical(vec![entry("/", "/bucket/alice", Kind::Directory)])),
        Just(Mapping::logical(vec![
            entry("/", "/bucket/alice", Kind::Directory),
            entry("/a/shared", "/bucket/shared", Kind::Directory),
            entry("/file", "/bucket/shared/file", Kind::File),
        ])),
        Just(Mapping::logical(vec![
            entry("/a", "/bucket/alice", Kind::Directory),
            entry("/b/shared", "/bucket/shared", Kind::Directory),
        ])),
    ]
}

/// Alice's folders, hers to do with as she likes, amid what is not hers.
fn plant(base: &Path) {
    let alice = base.join("root/bucket/alice");
    for folder in ["root/bucket/alice/a", "root/bucket/bob", "root/bucket/shared", "outside"] {
        std::fs::create_dir_all(base.join(folder)).unwrap();
    }
    for place in ["outside", "root", "root/bucket", "root/bucket/bob"] {
        std::fs::write(base.join(place).join("secret"), SECRET).unwrap();
        std::fs::write(base.join(place).join(NOT_HERS), "").unwrap();
    }
    for folder in [&alice, &base.join("root/bucket/shared")] {
        std::fs::write(folder.join("file"), "hers").unwrap();
        symlink(base.join("outside"), folder.join("absolute-link")).unwrap();
        symlink("../../../outside", folder.join("relative-link")).unwrap();
        symlink("..", folder.join("parent-link")).unwrap();
        symlink("loop", folder.join("loop")).unwrap();
    }
}

/// Everything that is not Alice's, with its content.
fn not_hers(base: &Path) -> Vec<(std::path::PathBuf, Option<String>)> {
    let mut found = Vec::new();
    let mut folders = vec![base.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_hers = path.ends_with("bucket/alice") || path.ends_with("bucket/shared");
            if path.is_dir() && !is_hers {
                folders.push(path.clone());
            }
            let content = if is_hers { None } else { std::fs::read_to_string(&path).ok() };
            found.push((path, content));
        }
    }
    found.sort();
    found
}

/// Does it as far as it goes, and returns what could be read.
fn attempt(view: &View, op: &Op) -> std::io::Result<String> {
    let at = |text: &String| {
        view.mapping().start().join(text).map_err(|_| std::io::ErrorKind::InvalidInput)
    };
    match op {
        Op::Read(path) => {
            let file = view.open_file(&at(path)?, OpenOptions::new().read(true))?;
            return std::io::read_to_string(file);
        }
        Op::Write(path) => {
            use std::io::Write;
            let mut options = OpenOptions::new();
            let mut file = view.open_file(&at(path)?, options.write(true).create(true))?;
            file.write_all(b"overwritten")?;
        }
        Op::Truncate(path) => view.set(&at(path)?, Some(0), None)?,
        Op::List(path) => {
            let mut folder = view.list(&at(path)?)?;
            let mut names = Vec::new();
            loop {
                let more = folder.next_names()?;
                if more.is_empty() {
                    return Ok(names.join("\n"));
                }
                names.extend(more.into_iter().map(|(name, _)| name));
            }
        }
        Op::Stat(path) => drop(view.attributes(&at(path)?, true)?),
        Op::MakeDir(path) => view.create_dir(&at(path)?)?,
        Op::RemoveDir(path) => view.remove_dir(&at(path)?)?,
        Op::Remove(path) => view.remove_file(&at(path)?)?,
        Op::Rename(from, to) => view.rename(&at(from)?, &at(to)?, true)?,
    }
    Ok(String::new())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_leads_outside(mapping in mapping(), ops in prop::collection::vec(op(), 1..30)) {
        let base = tempfile::tempdir().unwrap();
        plant(base.path());
        let before = not_hers(base.path());
        let root = Dir::open_ambient_dir(base.path().join("root"), ambient_authority()).unwrap();
        let view = View::open(&root, mapping).unwrap();
        for op in &ops {
            let seen = attempt(&view, op).unwrap_or_default();
            prop_assert!(!seen.contains(SECRET), "{op:?} has read the secret");
            prop_assert!(!seen.contains(NOT_HERS), "{op:?} has listed what is not hers");
        }
        prop_assert_eq!(not_hers(base.path()), before);
    }
}

/// Control: the same paths, taken as strings, do lead outside.
#[test]
fn the_links_that_are_planted_do_lead_outside() {
    let base = tempfile::tempdir().unwrap();
    plant(base.path());
    for link in ["absolute-link", "relative-link", "parent-link"] {
        let path = base.path().join("root/bucket/alice").join(link).join("secret");
        assert_eq!(std::fs::read_to_string(path).unwrap(), SECRET, "{link}");
    }
}

/// While the operator's own programs swap a folder for a link to elsewhere, again and again, for as
/// long as `work` lasts.
fn while_swapped(alice: &Path, work: impl FnOnce()) {
    std::fs::create_dir(alice.join("folder")).unwrap();
    std::fs::write(alice.join("folder/secret"), "hers").unwrap();
    symlink("../../../outside", alice.join("link")).unwrap();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Relaxed) {
                for from in ["folder", "link"] {
                    std::fs::rename(alice.join(from), alice.join("now")).unwrap();
                    std::fs::rename(alice.join("now"), alice.join(from)).unwrap();
                }
            }
        });
        let worked = std::panic::catch_unwind(AssertUnwindSafe(work));
        over.store(true, Relaxed);
        worked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

fn alices_view(base: &Path) -> View {
    let root = Dir::open_ambient_dir(base.join("root"), ambient_authority()).unwrap();
    View::open(&root, Mapping::path(VirtualPath::absolute("/bucket/alice").unwrap())).unwrap()
}

#[test]
fn a_race_leads_nowhere_else() {
    let base = tempfile::tempdir().unwrap();
    plant(base.path());
    let view = alices_view(base.path());
    let path = VirtualPath::absolute("/bucket/alice/now/secret").unwrap();
    while_swapped(&base.path().join("root/bucket/alice"), || {
        let (mut tries, mut hers) = (0_u32, 0);
        while tries < 20_000 || hers == 0 {
            tries += 1;
            if let Ok(file) = view.open_file(&path, OpenOptions::new().read(true)) {
                hers += 1;
                let content = std::io::read_to_string(file).unwrap();
                assert_eq!(content, "hers");
            }
        }
    });
}

/// The same race against everything that a client may do to what it finds there.
#[test]
fn a_race_changes_nothing_else() {
    let base = tempfile::tempdir().unwrap();
    plant(base.path());
    let before = not_hers(base.path());
    let view = alices_view(base.path());
    let now = |name: &str| format!("now/{name}");
    let ops = [
        Op::Write(now("new")),
        Op::Write(now("secret")),
        Op::Truncate(now("secret")),
        Op::MakeDir(now("made")),
        Op::Rename("file".into(), now("file")),
        Op::Rename(now("file"), "file".into()),
        Op::Rename(now("secret"), "stolen".into()),
        Op::Rename("stolen".into(), now("secret")),
        Op::List("now".into()),
        Op::Remove(now("new")),
        Op::RemoveDir(now("made")),
        Op::Read("stolen".into()),
    ];
    while_swapped(&base.path().join("root/bucket/alice"), || {
        let (mut rounds, mut done) = (0_u32, 0);
        while rounds < 2_000 || done == 0 {
            rounds += 1;
            for op in &ops {
                let seen = attempt(&view, op);
                done += u32::from(seen.is_ok());
                let seen = seen.unwrap_or_default();
                assert!(!seen.contains(SECRET) && !seen.contains(NOT_HERS), "{op:?}");
            }
        }
    });
    assert_eq!(not_hers(base.path()), before);
}

/// Somebody else with access to the disk puts a link where a home is about to be made.
#[test]
fn a_link_in_the_place_of_a_mapped_folder_is_not_followed() {
    let base = tempfile::tempdir().unwrap();
    plant(base.path());
    let bucket = base.path().join("root/bucket");
    symlink("bob", bucket.join("mallory")).unwrap();
    symlink("bucket", base.path().join("root/link")).unwrap();
    let root = Dir::open_ambient_dir(base.path().join("root"), ambient_authority()).unwrap();
    let at = |text| VirtualPath::absolute(text).unwrap();
    for home in ["/bucket/mallory", "/bucket/mallory/deeper", "/link/bob"] {
        assert!(View::open(&root, Mapping::path(at(home))).is_err(), "{home}");
    }
    assert!(!bucket.join("bob/deeper").exists());
    View::open(&root, Mapping::path(at("/bucket/bob/new/home"))).unwrap();
    assert!(bucket.join("bob/new/home").is_dir());
}

#[test]
fn a_link_in_the_place_of_a_mapped_file_is_not_followed() {
    let base = tempfile::tempdir().unwrap();
    plant(base.path());
    symlink("secret", base.path().join("root/bucket/bob/public")).unwrap();
    let root = Dir::open_ambient_dir(base.path().join("root"), ambient_authority()).unwrap();
    let at = |text| VirtualPath::absolute(text).unwrap();
    let (notice, kind) = (at("/notice"), Kind::File);
    let entry = Entry { at: notice.clone(), target: at("/bucket/bob/public"), kind };
    let view = View::open(&root, Mapping::logical(vec![entry])).unwrap();
    assert!(view.open_file(&notice, OpenOptions::new().read(true)).is_err());
}
