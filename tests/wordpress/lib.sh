# The steps of `up`, one function each. They read dir, port and here.

die() { echo "tests/wordpress: $*" >&2; exit 1; }

need_commands() {
  local missing=()
  for command in "$@"; do
    command -v "$command" >/dev/null || [ -x "/usr/sbin/$command" ] || missing+=("$command")
  done
  [ ${#missing[@]} = 0 ] || die "missing: ${missing[*]}; install them with: apt-get install --no-install-recommends $(cat "$here/packages") wordpress"
}

need_fpm() {
  fpm_binary=$(ls /usr/sbin/php-fpm* 2>/dev/null | head -n 1)
  [ -n "$fpm_binary" ] || die "missing: php-fpm; install it with: apt-get install --no-install-recommends $(cat "$here/packages")"
}

# Starts a process in its own session and records both.
start() {
  local name=$1; shift
  setsid "$@" >"$dir/log/$name" 2>&1 </dev/null &
  local began
  began=$(sed 's/.*) //' "/proc/$!/stat" | cut -d' ' -f20)
  echo "$! $began" >> "$dir/run/started"
  echo "$!" > "$dir/run/$name.pid"
}

wait_for() {
  local name=$1; shift
  for _ in $(seq 300); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.05
  done
  "$@" || true
  die "$name does not answer"
}

# A copy: WordPress derives its location from the real path of its files, and Debian's installation contains links.
debian_tree() {
  [ -f /usr/share/wordpress/wp-settings.php ] || die "missing: wordpress; install it with: apt-get install --no-install-recommends wordpress"
  cp -rL /usr/share/wordpress "$dir/www"
  rm -f "$dir/www/wp-config.php" "$dir/www/.htaccess"
}

newer_tree() {
  local package=${REHOME_NEWER_WORDPRESS:-$("$here/fetch-newer")}
  mkdir "$dir/www"
  unzip -q "$package/wp-nightly.zip" -d "$dir/www"
  # Some of the zips contain a single folder, others the tree itself.
  [ -f "$dir/www/wp-settings.php" ] || { mv "$dir/www"/*/* "$dir/www/"; }
  unzip -q "$package/sqlite-database-integration.zip" -d "$dir/tmp"
  mkdir -p "$dir/www/wp-content/mu-plugins" "$dir/database"
  rm -rf "$dir/www/wp-content/database" "$dir/www/wp-content/db.php" "$dir/www/wp-content/plugins/sqlite-database-integration"
  rm -rf "$dir/www/wp-content/mu-plugins/sqlite-database-integration"
  mv "$dir/tmp"/sqlite-database-integration* "$dir/www/wp-content/mu-plugins/sqlite-database-integration"
  sed -e "s#{SQLITE_IMPLEMENTATION_FOLDER_PATH}#$dir/www/wp-content/mu-plugins/sqlite-database-integration#" \
      -e "s#{SQLITE_PLUGIN}#sqlite-database-integration/load.php#" \
      "$dir/www/wp-content/mu-plugins/sqlite-database-integration/db.copy" > "$dir/www/wp-content/db.php"
}

database() {
  local me data="$dir/data"
  me=$(id -un)
  mariadb-install-db --no-defaults --user="$me" --datadir="$data" --auth-root-authentication-method=normal \
    --skip-test-db --skip-name-resolve >"$dir/log/install-db" 2>&1
  start mariadb "$(command -v mariadbd || echo /usr/sbin/mariadbd)" --no-defaults --user="$me" --datadir="$data" \
    --socket="$dir/run/db.sock" --skip-networking --pid-file="$dir/run/db-own.pid" --innodb-flush-log-at-trx-commit=2 \
    --innodb-buffer-pool-size=64M --character-set-server=utf8mb4 --collation-server=utf8mb4_unicode_520_ci
  wait_for MariaDB mariadb --no-defaults --user=root --socket="$dir/run/db.sock" -e 'SELECT 1'
  mariadb --no-defaults --user=root --socket="$dir/run/db.sock" -e 'CREATE DATABASE wordpress'
}

settings() {
  sed -e "s#@DIR@#$dir#g" -e "s#@KIND@#$kind#g" -e "s#@URL@#http://127.0.0.1:$port#g" \
    "$here/wp-config.php" > "$dir/www/wp-config.php"
}

plugins() {
  mkdir -p "$dir/www/wp-content/mu-plugins" "$dir/www/wp-content/plugins"
  ln -s "$here/../../wordpress/rehome-companion" "$dir/www/wp-content/plugins/rehome-companion"
  cp "$here"/mu-plugins/*.php "$dir/www/wp-content/mu-plugins/"
  mkdir -p "$dir/www/wp-content/themes"
  cp -r "$here"/themes/* "$dir/www/wp-content/themes/"
  cp "$here/accessally-stand-in.php" "$here/postman.php" "$dir/www/wp-content/"
  cp "$here/object-cache.php" "$dir/www/wp-content/cache-for-tests.php"
}

fpm() {
  # What PHP's mail() sends ends in a file.
  printf '#!/bin/sh\ncat >> %s/sendmail\n' "$dir" > "$dir/run/sendmail"
  chmod +x "$dir/run/sendmail"
  cp "$dir/run/sendmail" "$dir/www/wp-content/sendmail"
  local root=() user=""
  # The pool must name its user when started as root, and must not otherwise.
  if [ "$(id -u)" = 0 ]; then root=(-R); user=$'user = root\ngroup = root'; fi
  cat > "$dir/run/fpm.conf" <<CONF
[global]
error_log = $dir/log/fpm-errors
daemonize = no
[www]
$user
listen = $dir/run/fpm.sock
listen.mode = 0666
pm = static
pm.max_children = 4
pm.max_requests = 0
catch_workers_output = yes
php_admin_value[opcache.enable] = 1
php_admin_value[opcache.revalidate_freq] = 0
php_admin_value[memory_limit] = 256M
php_admin_value[display_errors] = 0
php_admin_value[error_log] = $dir/log/php
php_admin_value[sendmail_path] = $dir/run/sendmail
CONF
  start fpm "$fpm_binary" "${root[@]}" --nodaemonize -n -d extension_dir="$(php -r 'echo ini_get("extension_dir");')" \
    -c "$(extensions)" --fpm-config "$dir/run/fpm.conf"
  wait_for PHP-FPM test -S "$dir/run/fpm.sock"
}

# Uses the machine's PHP extensions, but not its settings.
extensions() {
  local name
  printf '%s\n' "zend_extension=opcache" "display_errors=0" "display_startup_errors=0" > "$dir/run/php.ini"
  for name in mysqlnd mysqli pdo pdo_sqlite sqlite3 xml dom simplexml xmlreader xmlwriter mbstring curl ctype fileinfo \
      iconv tokenizer posix exif; do
    [ -f "$(php -r 'echo ini_get("extension_dir");')/$name.so" ] && echo "extension=$name" >> "$dir/run/php.ini"
  done
  echo "$dir/run/php.ini"
}

nginx_server() {
  sed -e "s#@DIR@#$dir#g" -e "s#@PORT@#$port#g" "$here/nginx.conf" > "$dir/run/nginx.conf"
  start nginx "$(command -v nginx || echo /usr/sbin/nginx)" -e "$dir/log/nginx-errors" -c "$dir/run/nginx.conf"
}
