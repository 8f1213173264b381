//! What a hostile server, umask, change set or journal must not be able to do to whoever runs the command.

use std::{
    ffi::OsStr,
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
    path::Path,
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use crate::{
    env::{TestEnv, binary},
    whole_way::no_effect_is_doubled,
};

const ONE: [&str; 1] = ["ana@example.com,Ana,Moll,Course,"];

/// What the server does with a connection once it has read something.
type Answer = fn(&mut std::net::TcpStream);

/// A plan whose contact system is a server that answers every request like this.
fn against(answer: Answer) -> TestEnv {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            thread::spawn(move || {
                let mut some = [0; 4096];
                let _ = stream.read(&mut some);
                answer(&mut stream);
            });
        }
    });
    let env = TestEnv::small(&ONE);
    env.change_plan(
        "[contacts]\nsystem = \"managed\"\n",
        &format!("[contacts]\nsystem = \"simulated\"\nurl = \"http://{address}\"\ntoken = {{ env = \"CRM_TOKEN\" }}\n"),
    );
    env
}

fn plan(env: &TestEnv) -> Command {
    let mut command = env.command(&["plan", "plan.toml"]);
    command.env("CRM_TOKEN", "t0ps3cret");
    command
}

fn send(child: &Child, name: &str) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{name} {}", child.id())])
        .status();
    assert!(sent.unwrap().success());
}

fn silence(_: &mut std::net::TcpStream) {
    thread::sleep(Duration::from_mins(10));
}

fn asks_to_wait(stream: &mut std::net::TcpStream) {
    let _ = stream.write_all(
        b"HTTP/1.1 429 Slow\r\nRetry-After: 600\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
}

fn drips(stream: &mut std::net::TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
    while stream.write_all(b" ").is_ok() {
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn ctrl_c_ends_every_wait_for_a_server_at_once() {
    for answer in [silence as Answer, asks_to_wait, drips] {
        for name in ["INT", "TERM"] {
            let env = against(answer);
            let mut child = plan(&env).spawn().unwrap();
            thread::sleep(Duration::from_millis(700));
            assert!(child.try_wait().unwrap().is_none(), "it did not wait");
            let begun = Instant::now();
            send(&child, name);
            let ran = env.wait("plan", child).exits(130).to_string();
            if std::ptr::fn_addr_eq(answer, asks_to_wait as Answer) {
                assert!(
                    ran.contains("Waiting until [TIME]: "),
                    "the wait is not announced: {ran}"
                );
            }
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
    }
}

fn endless(stream: &mut std::net::TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
    while stream.write_all(&vec![b' '; 65_536]).is_ok() {}
}

fn endless_head(stream: &mut std::net::TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
    for number in 0..2_000_000 {
        if stream.write_all(format!("X-{number}: x\r\n").as_bytes()).is_err() {
            return;
        }
    }
}

const SPOOF: &str = "x\u{1b}[2K\r\nRun 99: complete. 5 of 5 members done.\n\u{9b}2J\u{202e}\u{2028}Run 98: complete.\u{e0041}\u{85}Run 97";

fn spoofs(stream: &mut std::net::TcpStream) {
    let body =
        serde_json::json!({ "error": SPOOF, "message": SPOOF, "account": SPOOF, "title": SPOOF }).to_string();
    let _ = write!(
        stream,
        "HTTP/1.1 401 No\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn spoofs_as_a_page(stream: &mut std::net::TcpStream) {
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{SPOOF}",
        SPOOF.len()
    );
}

/// Characters that steer a terminal, and lines that a server has forged.
fn assert_clean(said: &str) {
    let steers = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
    };
    assert!(!said.contains(steers), "{said:?}");
    assert!(
        !said.lines().any(|line| line.starts_with("Run 9")),
        "a forged line: {said}"
    );
}

#[test]
fn an_endless_or_lying_response_is_an_error_that_forges_no_line() {
    for answer in [endless as Answer, endless_head, spoofs, spoofs_as_a_page] {
        let env = against(answer);
        let begun = Instant::now();
        let output = plan(&env).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(begun.elapsed() < Duration::from_secs(100), "it waits too long");
        for text in [&output.stdout, &output.stderr] {
            let said = String::from_utf8(text.clone()).unwrap();
            assert_clean(&said);
            assert!(!said.contains("t0ps3cret"), "{said}");
        }
    }
}

#[test]
fn what_stands_in_an_export_or_on_the_site_steers_no_terminal_and_forges_no_line() {
    let name = "A\u{1b}[2J\u{9b}31m\u{202e}\u{2028}Run 98: complete\u{e0041}";
    let env = TestEnv::small(&[]);
    env.write_people(&[&format!(
        "ana@example.com,\"{name}\nRun 99: complete\",Moll,Course,"
    )]);
    let mut said = env.verb("plan", &[]).to_string();
    said += &env.apply().to_string();
    env.on_the_site("UPDATE users SET login = login || char(27) || '[2J' || char(10) || 'Run 97: complete', first_name = char(155) || 'x'");
    for verb in ["plan", "verify", "members", "status", "log"] {
        said += &env.verb(verb, &[]).to_string();
    }
    said += &env.verb("explain", &["ana@example.com"]).to_string();
    assert_clean(&said);
}

#[test]
fn a_secret_that_is_not_text_is_in_no_message() {
    let env = against(silence);
    let mut command = env.command(&["plan", "plan.toml"]);
    command.env("CRM_TOKEN", OsStr::from_bytes(b"t0ps3cret\xff"));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("it is not text in UTF-8") && !said.contains("t0ps3cret"),
        "{said}"
    );
    env.change_plan("{ env = \"CRM_TOKEN\" }", "{ file = \"token\" }");
    env.write("token", b"t0ps3cret\xff");
    env.verb("plan", &[])
        .exits(1)
        .says("it is not text in UTF-8")
        .never_says("t0ps3cret");
    for literal in [
        "\"t0ps3cret",
        "{ env = \"t0ps3cret",
        "'''t0ps3cret",
        "[ \"t0ps3cret\" ",
        "t0ps3cret",
    ] {
        let env = TestEnv::small(&ONE);
        env.change_plan(
            "[contacts]\nsystem = \"managed\"\n",
            &format!("[contacts]\nsystem = \"simulated\"\nurl = \"http://127.0.0.1:9\"\ntoken = {literal}\n"),
        );
        env.verb("plan", &[]).exits(1).never_says("t0ps3cret");
    }
}

/// Everything below a folder with rights for anybody but the owner.
fn open_to_others(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let right = if path.is_dir() { 0o700 } else { 0o600 };
        if mode != right {
            found.push(format!("{} {mode:o}", path.display()));
        }
        if path.is_dir() {
            open_to_others(&path, found);
        }
    }
}

#[test]
fn every_folder_and_file_of_the_state_is_its_owners_alone_whatever_the_umask() {
    for umask in ["000", "022", "077"] {
        let env = TestEnv::small(&ONE);
        let mut shell = Command::new("sh");
        env.surround(&mut shell);
        let binary = binary();
        let script = format!(
            "umask {umask}; '{}' apply plan.toml --yes --state own && '{}' confirm plan.toml backup --state own",
            binary.display(),
            binary.display()
        );
        env.change_plan(
            "[tags.vip]",
            "[checkpoints.backup]\nsay = \"x\"\nbefore = \"verify\"\n\n[tags.vip]",
        );
        shell.env("PATH", "/usr/bin:/bin").args(["-c", &script]);
        shell.output().unwrap();
        let root = env.path("own");
        assert_eq!(fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o700);
        let mut found = Vec::new();
        open_to_others(&root, &mut found);
        assert!(found.is_empty(), "umask {umask}: {found:?}");
    }
}

/// A run of 3,000 members that was killed on its way.
fn killed() -> TestEnv {
    for _ in 0..10 {
        let env = TestEnv::crowd(5_000);
        let mut child = env
            .command(&["apply", "plan.toml", "--yes", "--waves", "off"])
            .spawn()
            .unwrap();
        let patience = Instant::now() + Duration::from_secs(30);
        while Instant::now() < patience && child.try_wait().unwrap().is_none() {
            let sent = env.state_files("journal.sqlite").iter().any(|journal| {
                rusqlite::Connection::open(journal)
                    .and_then(|db| {
                        db.query_row("SELECT count(*) FROM intents", [], |row| row.get::<_, i64>(0))
                    })
                    .is_ok_and(|count| count > 0)
            });
            if sent {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if env.verb("status", &[]).to_string().contains("open") {
            return env;
        }
    }
    panic!("no run was killed on its way");
}

fn kept(env: &TestEnv) -> Vec<std::path::PathBuf> {
    let folder = env.state_file("journal.sqlite").with_file_name("changes");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

#[test]
fn a_change_set_that_disappears_truncates_or_is_swapped_in_mid_run_is_no_dead_end() {
    let remove: fn(&Path) = |path| fs::remove_file(path).unwrap();
    let truncate: fn(&Path) = |path| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    };
    for damage in [remove, truncate] {
        let env = killed();
        for path in kept(&env) {
            damage(&path);
        }
        env.verb("undo", &["--yes"]).exits(1).says("rehome");
        env.apply().exits(0);
        env.apply().exits(0).says("Nothing to do");
        no_effect_is_doubled(&env.site());
    }
    let env = killed();
    for path in kept(&env) {
        remove(&path);
    }
    env.verb("purge", &["--yes"]).exits(0);
    env.apply().exits(0);
    no_effect_is_doubled(&env.site());

    let env = killed();
    let other = TestEnv::crowd(3);
    other.verb("plan", &["--out", "other.changes"]).exits(0);
    let others = fs::read(other.path("other.changes")).unwrap();
    for path in kept(&env) {
        fs::write(path, &others).unwrap();
    }
    env.verb("verify", &[]).exits(1).says("belongs to another run");
    env.apply().exits(0);
    no_effect_is_doubled(&env.site());
}
