//! One WordPress for the whole binary: brought up by `tests/wordpress/hold`, lent to one test at a time, empty.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use rusqlite::types::Value as Cell;
use serde_json::{Value, json};

/// A site that is up until the process ends: the script ends it when its standard input closes.
pub(crate) struct Site {
    dir: PathBuf,
    told: Value,
    sqlite: bool,
    _holder: Child,
}

/// A site that no one else uses at the moment.
pub(crate) type Lent = MutexGuard<'static, Site>;

/// An answer: its status, its body, and Retry-After.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) retry_after: Option<String>,
}

/// Debian's WordPress on its own database server, empty but for the administrator and a weak user.
pub(crate) fn site() -> Lent {
    static SITE: OnceLock<Mutex<Site>> = OnceLock::new();
    lend(SITE.get_or_init(|| Mutex::new(Site::up("debian"))))
}

/// A newer WordPress on SQLite, empty but for the same. None where `tests/run` said that it could not be fetched.
pub(crate) fn newer_site() -> Option<Lent> {
    static SITE: OnceLock<Mutex<Site>> = OnceLock::new();
    if std::env::var_os("REHOME_NEWER_WORDPRESS").is_some_and(|place| place == "none") {
        eprintln!("NOT RUN: the newer WordPress could not be fetched");
        return None;
    }
    Some(lend(SITE.get_or_init(|| Mutex::new(Site::up("sqlite")))))
}

fn lend(site: &'static Mutex<Site>) -> Lent {
    // A test that failed while it had the site leaves nothing that is not cleared here.
    let site = site.lock().unwrap_or_else(PoisonError::into_inner);
    site.clear();
    site
}

impl Site {
    fn up(kind: &str) -> Self {
        // In memory where the machine has such a place: the site is small and soon gone.
        let place = [Path::new("/dev/shm")].into_iter().find(|path| path.is_dir());
        let mut builder = tempfile::Builder::new();
        builder.prefix("rehome-wordpress-");
        let folder = match place {
            Some(place) => builder.tempdir_in(place),
            None => builder.tempdir(),
        }
        .unwrap();
        // The script removes it.
        let dir = folder.keep();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wordpress/hold");
        let mut holder = Command::new(script)
            .arg(&dir)
            .arg(port.to_string())
            .arg(kind)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        if line.trim() != "ready" {
            let mut why = String::new();
            holder.stderr.take().unwrap().read_to_string(&mut why).unwrap();
            panic!("the WordPress of the tests did not come up ({kind}):\n{why}");
        }
        let told = serde_json::from_str(&fs::read_to_string(dir.join("site.json")).unwrap()).unwrap();
        Self {
            dir,
            told,
            sqlite: kind == "sqlite",
            _holder: holder,
        }
    }

    /// Whether its database is a SQLite file.
    pub(crate) fn is_sqlite(&self) -> bool {
        self.sqlite
    }

    /// Where its files are.
    pub(crate) fn place(&self) -> &Path {
        &self.dir
    }

    /// As after the installation: two users, no people, no options of a test.
    pub(crate) fn clear(&self) {
        let tables = [
            "people",
            "fields",
            "source_keys",
            "tags",
            "holdings",
            "offerings",
            "offering_tags",
            "emails",
            "lease",
            "requests",
            "marks",
            "invitations",
        ];
        let mut sql = String::new();
        for name in tables {
            sql += &format!("DELETE FROM wp_rehome_{name};\n");
        }
        sql += "DELETE FROM wp_users WHERE ID > 2;\nDELETE FROM wp_usermeta WHERE user_id > 2;\n\
                DELETE FROM wp_posts WHERE post_type = 'page' AND ID > 3;\n\
                DELETE FROM wp_options WHERE option_name IN ('rehome_paused', 'rehome_muted', 'rehome_errors', 'rehome_instance');\n";
        if !self.rows("SELECT 1 FROM wp_users LIMIT 1").is_empty() {
            self.sql(&sql);
        }
        for name in [
            "mails.jsonl",
            "hooks.jsonl",
            "access-seen",
            "greets",
            "slow",
            "budget",
            "breaks",
            "environment",
            "accessally",
            "accessally.jsonl",
            "dies",
            "slow-mail",
            "postman",
            "letters",
            "tells-others",
            "hostile",
            "ends",
            "reads-meanwhile",
            "mailer",
            "sent.jsonl",
            "tried.jsonl",
            "sendmail",
        ] {
            let _ = fs::remove_file(self.dir.join(name));
        }
    }

    /// The folder in which everything of the site lives.
    pub(crate) fn folder(&self) -> &Path {
        &self.dir
    }

    /// A file in the folder of the site, by which the recorder is told what to do.
    pub(crate) fn tell(&self, name: &str, content: &str) {
        fs::write(self.dir.join(name), content).unwrap();
    }

    /// What the recorder wrote, a line each.
    pub(crate) fn recorded(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.dir.join(name)).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// How often a hook was called.
    pub(crate) fn hooks(&self, name: &str) -> usize {
        self.recorded("hooks.jsonl")
            .iter()
            .filter(|line| line["hook"] == name)
            .count()
    }

    /// Emails that went out.
    pub(crate) fn mails(&self) -> Vec<Value> {
        self.recorded("mails.jsonl")
            .into_iter()
            .filter(|mail| mail["muted"] == false)
            .collect()
    }

    /// What PHP complained of, besides what old WordPress on new PHP always does.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let text = fs::read_to_string(self.dir.join("log/wordpress")).unwrap_or_default();
        text.lines()
            .filter(|line| line.contains("rehome") || line.contains("PHP Fatal"))
            .filter(|line| !line.contains("Deprecated") || line.contains("rehome-companion"))
            .map(str::to_owned)
            .collect()
    }

    /// Runs statements, past WordPress.
    pub(crate) fn sql(&self, statements: &str) {
        if self.sqlite {
            self.database().execute_batch(statements).unwrap();
        } else {
            self.mariadb(statements);
        }
    }

    /// Runs statements that may fail, past WordPress.
    pub(crate) fn try_sql(&self, statements: &str) {
        if self.sqlite {
            let _ = self.database().execute_batch(statements);
        } else {
            let _ = Command::new("mariadb")
                .args(["--no-defaults", "--user=root", "-N", "-B", "wordpress"])
                .arg(format!("--socket={}", self.dir.join("run/db.sock").display()))
                .args(["-e", statements])
                .output();
        }
    }

    /// Reads rows, past WordPress.
    pub(crate) fn rows(&self, query: &str) -> Vec<Vec<String>> {
        if !self.sqlite {
            return self
                .mariadb(query)
                .lines()
                .map(|line| line.split('\t').map(str::to_owned).collect())
                .collect();
        }
        let db = self.database();
        let mut statement = db.prepare(query).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..columns)
                .map(|at| {
                    Ok(match row.get(at)? {
                        Cell::Null => "NULL".to_owned(),
                        Cell::Integer(number) => number.to_string(),
                        Cell::Real(number) => number.to_string(),
                        Cell::Text(text) => text,
                        Cell::Blob(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                    })
                })
                .collect()
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// Reads the one number of a query.
    pub(crate) fn number(&self, query: &str) -> u64 {
        self.rows(query)[0][0].parse().unwrap()
    }

    fn database(&self) -> rusqlite::Connection {
        let db = rusqlite::Connection::open(self.dir.join("database/site.sqlite")).unwrap();
        db.busy_timeout(Duration::from_secs(10)).unwrap();
        db
    }

    fn mariadb(&self, statements: &str) -> String {
        let output = Command::new("mariadb")
            .args([
                "--no-defaults",
                "--user=root",
                "--default-character-set=utf8mb4",
                "-N",
                "-B",
                "wordpress",
            ])
            .arg(format!("--socket={}", self.dir.join("run/db.sock").display()))
            .args(["-e", statements])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{statements}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Stored hashes of all passwords, by user.
    pub(crate) fn hashes(&self) -> Vec<Vec<String>> {
        self.rows("SELECT ID, user_pass FROM wp_users ORDER BY ID")
    }

    /// Runs PHP code within WordPress, as the site itself would.
    pub(crate) fn php(&self, code: &str) -> String {
        let load = format!(
            "$_SERVER['HTTP_HOST'] = '127.0.0.1'; $_SERVER['REMOTE_ADDR'] = '127.0.0.1'; $_SERVER['REQUEST_URI'] = '/'; require '{}/www/wp-load.php'; {code}",
            self.dir.display()
        );
        let output = Command::new("php")
            .args(["-d", "display_errors=stderr", "-r", &load])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{code}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs PHP code in a request to the site, as a plugin would.
    pub(crate) fn php_on_the_site(&self, code: &str) -> String {
        let name = "on-the-site.php";
        fs::write(
            self.dir.join("www").join(name),
            format!("<?php require __DIR__ . '/wp-load.php'; {code}"),
        )
        .unwrap();
        let output = Command::new("curl")
            .args(["-s", "-m", "30"])
            .arg(format!("{}/{name}", self.url()))
            .output()
            .unwrap();
        let _ = fs::remove_file(self.dir.join("www").join(name));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Process ids of PHP's workers.
    pub(crate) fn workers(&self) -> Vec<u32> {
        let master = fs::read_to_string(self.dir.join("run/fpm.pid")).unwrap();
        let output = Command::new("ps")
            .args(["-o", "pid=", "--ppid", master.trim()])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("admin", &self.password(), "GET", path, None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.request("admin", &self.password(), "POST", path, Some(body.to_string()))
    }

    pub(crate) fn password(&self) -> String {
        self.told["password"].as_str().unwrap().to_owned()
    }

    pub(crate) fn weak_password(&self) -> String {
        self.told["weak_password"].as_str().unwrap().to_owned()
    }

    pub(crate) fn url(&self) -> &str {
        self.told["url"].as_str().unwrap()
    }

    pub(crate) fn version(&self) -> &str {
        self.told["wordpress"].as_str().unwrap()
    }

    /// One request to `rehome/v1`, or to another route if the path begins with `//`.
    pub(crate) fn request(
        &self,
        user: &str,
        password: &str,
        method: &str,
        path: &str,
        body: Option<String>,
    ) -> Answer {
        runtime().block_on(send(
            self.address(path),
            user.to_owned(),
            password.to_owned(),
            method.to_owned(),
            body,
        ))
    }

    /// Several requests at once.
    pub(crate) fn together(&self, path: &str, bodies: Vec<Value>) -> Vec<Answer> {
        let password = self.password();
        let url = self.address(path);
        runtime().block_on(async move {
            let sent: Vec<_> = bodies
                .into_iter()
                .map(|body| {
                    let request = send(
                        url.clone(),
                        "admin".to_owned(),
                        password.clone(),
                        "POST".to_owned(),
                        Some(body.to_string()),
                    );
                    tokio::spawn(request)
                })
                .collect();
            let mut answers = Vec::new();
            for one in sent {
                answers.push(one.await.unwrap());
            }
            answers
        })
    }

    fn address(&self, path: &str) -> String {
        match path.strip_prefix("//") {
            Some(other) => format!("{}/wp-json/{other}", self.url()),
            None => format!("{}/wp-json/rehome/v1{path}", self.url()),
        }
    }

    /// What every write says of itself.
    pub(crate) fn writing(&self) -> Value {
        let instance = self.get("/status").body["instance"]["id"].clone();
        json!({ "holder": "machine-a", "who": "Ann on her laptop", "instance": instance, "membership": "companion" })
    }

    /// Makes the tag VIP and an offering `course` with its tags.
    pub(crate) fn set_up(&self) {
        let offering = json!({ "key": "course", "name": "Course", "kind": "course", "includes": [],
            "tags": { "base": "Course", "instant": null, "revoke": "Course (stopped)", "modules": ["Course 1", "Course 2"] } });
        self.post("/tags", &with(self.writing(), &json!({ "name": "VIP" })))
            .is(200);
        self.post("/offerings", &with(self.writing(), &offering)).is(200);
    }

    /// Sends members in one request.
    pub(crate) fn batch(&self, request: &str, members: &[Value]) -> Answer {
        self.post("/batch", &self.batch_body(request, members))
    }

    /// The body of such a request.
    pub(crate) fn batch_body(&self, request: &str, members: &[Value]) -> Value {
        with(
            self.writing(),
            &json!({ "request": request, "granted_by": "lumen", "members": members }),
        )
    }
}

impl Answer {
    /// The status is this one.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// The status and the code are these.
    #[track_caller]
    pub(crate) fn says(self, status: u16, code: &str) -> Self {
        assert_eq!(self.body["code"], code, "{self:?}");
        self.is(status)
    }

    /// The outcomes of all items, which are confirmed, moved or refused.
    #[track_caller]
    pub(crate) fn outcomes(&self) -> Vec<&str> {
        let items = self.body["items"]
            .as_array()
            .unwrap_or_else(|| panic!("{self:?}"));
        items
            .iter()
            .map(|item| item["outcome"].as_str().unwrap())
            .collect()
    }

    /// All items are confirmed and the request is done.
    #[track_caller]
    pub(crate) fn confirmed(self, members: usize) -> Self {
        assert_eq!(self.outcomes(), vec!["confirmed"; members], "{self:?}");
        assert_eq!(self.body["done"], true);
        self
    }
}

async fn send(url: String, user: String, password: String, method: String, body: Option<String>) -> Answer {
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .timeout(Duration::from_mins(2))
        .build()
        .unwrap();
    let mut request = client.request(method.parse().unwrap(), url);
    if !user.is_empty() {
        request = request.basic_auth(user, Some(password));
    }
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body);
    }
    // A worker that is killed leaves no answer, or a gateway's.
    let Ok(response) = request.send().await else {
        return Answer {
            status: 0,
            body: Value::Null,
            retry_after: None,
        };
    };
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get("retry-after")
        .map(|text| text.to_str().unwrap().to_owned());
    let text = response.text().await.unwrap_or_default();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer {
        status,
        body,
        retry_after,
    }
}

fn runtime() -> tokio::runtime::Runtime {
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// One object with the keys of both.
pub(crate) fn with(mut base: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        base[key] = value.clone();
    }
    base
}
