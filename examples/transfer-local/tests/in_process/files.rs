//! Files through the SFTP protocol.

use std::io::SeekFrom;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, SystemTime};

use russh_sftp::client::SftpSession;
use russh_sftp::client::error::Error;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};
use serde_json::json;
use session_limit_core::methods::AuthenticationMethods;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use transfer_local::client::{Attempt, Client};

use crate::test_server::{PASSWORD, TestServer, new_key, path_home};

async fn sftp(answer: serde_json::Value) -> (TestServer, Client, SftpSession) {
    let server = TestServer::new(AuthenticationMethods::Password, &new_key(), answer).await;
    let mut client = Client::connect(server.address).await.unwrap();
    assert_eq!(client.password("alice", PASSWORD).await.unwrap(), Attempt::In);
    let sftp = client.sftp().await.unwrap();
    (server, client, sftp)
}

async fn names(sftp: &SftpSession, path: &str) -> Vec<String> {
    let mut names: Vec<_> =
        sftp.read_dir(path).await.unwrap().map(|file| file.file_name()).collect();
    names.sort();
    names
}

fn status<T>(result: Result<T, Error>) -> StatusCode {
    match result {
        Err(Error::Status(status)) => status.status_code,
        Err(other) => panic!("{other}"),
        Ok(_) => StatusCode::Ok,
    }
}

#[tokio::test]
async fn a_path_home_is_where_the_client_starts_and_all_it_sees() {
    let (server, _client, sftp) = sftp(path_home("/bucket/home/alice")).await;
    std::fs::create_dir_all(server.root.path().join("bucket/home/bob")).unwrap();
    assert_eq!(sftp.canonicalize(".").await.unwrap(), "/bucket/home/alice");
    assert_eq!(sftp.canonicalize("../bob").await.unwrap(), "/bucket/home/bob");
    assert_eq!(names(&sftp, "/").await, ["bucket"]);
    assert_eq!(names(&sftp, "/bucket/home").await, ["alice"]);
    assert_eq!(status(sftp.read_dir("/bucket/home/bob").await), StatusCode::NoSuchFile);
    for path in ["/new", "/bucket/new", "/bucket/home/bob/new", "/bucket/home/alice"] {
        assert_eq!(status(sftp.create_dir(path).await), StatusCode::PermissionDenied, "{path}");
    }
    let renamed = sftp.rename("/bucket/home/alice", "/bucket/home/bob").await;
    assert_eq!(status(renamed), StatusCode::PermissionDenied);
}

#[tokio::test]
async fn logical_entries_make_one_tree() {
    let details = json!([
        { "Entry": "/", "Target": "/bucket/alice" },
        { "Entry": "/shared/pictures", "Target": "/bucket/pictures" },
        { "Entry": "/notice", "Target": "/bucket/notice.txt", "Type": "FILE" },
    ]);
    let (server, _client, sftp) = sftp(json!({
        "Role": "arn:aws:iam::000000000000:role/test",
        "HomeDirectoryType": "LOGICAL",
        "HomeDirectoryDetails": details.to_string(),
    }))
    .await;
    let bucket = server.root.path().join("bucket");
    std::fs::write(bucket.join("notice.txt"), "for all").unwrap();
    std::fs::write(bucket.join("alice/notice"), "hidden by the entry").unwrap();
    std::fs::write(bucket.join("alice/own"), "hers").unwrap();

    assert_eq!(sftp.canonicalize(".").await.unwrap(), "/");
    assert_eq!(names(&sftp, "/").await, ["notice", "own", "shared"]);
    assert_eq!(names(&sftp, "/shared").await, ["pictures"]);
    assert_eq!(sftp.read("/notice").await.unwrap(), b"for all");
    assert!(sftp.metadata("/shared").await.unwrap().is_dir());

    sftp.create("/shared/pictures/p").await.unwrap().close().await.unwrap();
    assert!(bucket.join("pictures/p").exists());
    sftp.rename("/shared/pictures/p", "/q").await.unwrap();
    assert!(bucket.join("alice/q").exists());
    for path in ["/notice", "/shared/pictures", "/shared"] {
        assert_ne!(status(sftp.remove_file(path).await), StatusCode::Ok, "{path}");
        assert_ne!(status(sftp.remove_dir(path).await), StatusCode::Ok, "{path}");
        assert_ne!(status(sftp.rename(path, "/moved").await), StatusCode::Ok, "{path}");
    }
}

#[tokio::test]
async fn files_are_read_and_written_at_offsets() {
    let (_server, _client, sftp) = sftp(path_home("/home")).await;
    let content: Vec<u8> = std::iter::repeat_with(rand::random).take(3_000_000).collect();
    let (first, second) = content.split_at(1_000_001);

    sftp.create("a").await.unwrap().close().await.unwrap();
    sftp.write("a", first).await.unwrap();
    let mut resumed = sftp.open_with_flags("a", OpenFlags::WRITE).await.unwrap();
    resumed.seek(SeekFrom::Start(first.len() as u64)).await.unwrap();
    resumed.write_all(second).await.unwrap();
    resumed.close().await.unwrap();
    assert_eq!(sftp.read("a").await.unwrap(), content);

    let mut appended =
        sftp.open_with_flags("a", OpenFlags::WRITE | OpenFlags::APPEND).await.unwrap();
    appended.write_all(b"the end").await.unwrap();
    appended.close().await.unwrap();
    let mut tail = sftp.open("a").await.unwrap();
    tail.seek(SeekFrom::Start(content.len() as u64)).await.unwrap();
    let mut end = String::new();
    tail.read_to_string(&mut end).await.unwrap();
    assert_eq!(end, "the end");

    let exclusive = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::EXCLUDE;
    assert_ne!(status(sftp.open_with_flags("a", exclusive).await), StatusCode::Ok);
}

#[tokio::test]
async fn times_and_lengths_are_set_and_permissions_ignored() {
    let (server, _client, sftp) = sftp(path_home("/home")).await;
    sftp.create("a").await.unwrap().close().await.unwrap();
    let wanted = FileAttributes {
        size: Some(5),
        permissions: Some(0o000),
        atime: Some(1_000_000_000),
        mtime: Some(1_000_000_000),
        ..FileAttributes::empty()
    };
    sftp.set_metadata("a", wanted).await.unwrap();
    let found = std::fs::metadata(server.root.path().join("home/a")).unwrap();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    assert_eq!((found.len(), found.modified().unwrap()), (5, at));
    assert_eq!(sftp.metadata("a").await.unwrap().mtime, Some(1_000_000_000));
    assert_eq!(sftp.read("a").await.unwrap(), [0; 5]);
}

#[tokio::test]
async fn there_are_no_links_and_no_overwriting_renames() {
    let (_server, _client, sftp) = sftp(path_home("/home")).await;
    for name in ["a", "b"] {
        sftp.create(name).await.unwrap().close().await.unwrap();
    }
    assert_eq!(status(sftp.symlink("link", "/etc/passwd").await), StatusCode::OpUnsupported);
    assert_eq!(status(sftp.read_link("a").await), StatusCode::OpUnsupported);
    assert_eq!(status(sftp.rename("a", "b").await), StatusCode::Failure);
    assert_eq!(names(&sftp, ".").await, ["a", "b"]);
}

#[tokio::test]
async fn a_session_holds_only_so_many_files_open() {
    let (_server, client, sftp) = sftp(path_home("/home")).await;
    sftp.create("a").await.unwrap().close().await.unwrap();
    let mut open = Vec::new();
    let refused = loop {
        match sftp.open("a").await {
            Ok(file) => open.push(file),
            refused => break refused,
        }
        assert!(open.len() < 10_000, "no limit");
    };
    assert_eq!(status(refused), StatusCode::Failure);
    let second_channel = client.sftp().await.unwrap();
    assert_eq!(status(second_channel.open("a").await), StatusCode::Failure);
    open.pop().unwrap().close().await.unwrap();
    second_channel.open("a").await.unwrap();
}

#[tokio::test]
async fn a_long_folder_is_listed_to_its_end() {
    let (server, _client, sftp) = sftp(path_home("/home")).await;
    let mut expected: Vec<_> = (0..1234).map(|number| format!("file-{number}")).collect();
    for name in &expected {
        std::fs::write(server.root.path().join("home").join(name), "").unwrap();
    }
    expected.sort();
    assert_eq!(names(&sftp, "/home").await, expected);
}

#[tokio::test]
async fn a_handle_is_good_for_what_it_was_opened_for() {
    let (_server, _client, sftp) = sftp(path_home("/bucket/alice")).await;
    sftp.create("a").await.unwrap().close().await.unwrap();
    let mut reading = sftp.open("a").await.unwrap();
    let written = match reading.write_all(b"x").await {
        Ok(()) => reading.flush().await,
        failed => failed,
    };
    let error = written.unwrap_err().to_string().to_lowercase();
    assert!(error.contains("permission denied") || error.contains("not open for this"), "{error}");
    for path in ["/elsewhere", "/bucket/bob/file"] {
        assert_eq!(status(sftp.open(path).await), StatusCode::PermissionDenied, "{path}");
        assert_eq!(status(sftp.create(path).await), StatusCode::PermissionDenied, "{path}");
    }
}

/// Bytes that arrive as U+FFFD were others, and nobody knows which: all would be the same file.
#[tokio::test]
async fn names_that_are_not_utf_8_are_refused() {
    let (server, client, sftp) = sftp(path_home("/home")).await;
    let home = server.root.path().join("home");
    std::fs::write(home.join(std::ffi::OsStr::from_bytes(b"raw\xff")), "").unwrap();
    std::fs::write(home.join("replaced\u{fffd}"), "").unwrap();
    assert_eq!(names(&sftp, ".").await, [""; 0]);
    assert_eq!(status(sftp.create("caf\u{fffd}").await), StatusCode::NoSuchFile);

    let channel = client.sftp_channel().await.unwrap();
    let mut raw = channel.into_stream();
    let name = b"caf\xe9";
    let open = [&[3, 0, 0, 0, 9, 0, 0, 0, 4][..], name, &[0, 0, 0, 2 | 8, 0, 0, 0, 0]].concat();
    raw.write_all(&[0, 0, 0, 5, 1, 0, 0, 0, 3]).await.unwrap();
    raw.write_all(&(open.len() as u32).to_be_bytes()).await.unwrap();
    raw.write_all(&open).await.unwrap();
    let version = raw.read_u32().await.unwrap() as usize;
    raw.read_exact(&mut vec![0; version]).await.unwrap();
    let _length = raw.read_u32().await.unwrap();
    assert_eq!(raw.read_u8().await.unwrap(), 101, "not a status");
    let made = std::fs::read_dir(&home).unwrap().count();
    assert_eq!(made, 2, "the file was made");
}

/// As many small requests at once as fit nowhere in between.
#[tokio::test]
async fn a_client_that_listens_gets_all_its_answers() {
    const MANY: usize = 200_000;
    let (_server, client, _sftp) = sftp(path_home("/home")).await;
    let channel = client.sftp_channel().await.unwrap();
    let (mut answers, mut requests) = tokio::io::split(channel.into_stream());
    let asking = tokio::spawn(async move {
        let init = [0, 0, 0, 5, 1, 0, 0, 0, 3];
        let close_nothing = [0, 0, 0, 10, 4, 0, 0, 0, 1, 0, 0, 0, 1, b'x'];
        requests.write_all(&init).await.unwrap();
        requests.write_all(&close_nothing.repeat(MANY)).await.unwrap();
    });
    let listening = async {
        for _ in 0..=MANY {
            let length = answers.read_u32().await.unwrap() as usize;
            answers.read_exact(&mut vec![0; length]).await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(300), listening).await.expect("it hangs");
    asking.await.unwrap();
}
