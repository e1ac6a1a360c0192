//! Programs that the tests need and cargo does not bring: found on the PATH, or installed with apt-get.
//!
//! Each function says what it found or installs. Where it can do neither, its error says what to install by hand.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// The oldest Node.js that the drivers run on.
const NODE_MAJOR: u32 = 18;

/// Node.js.
pub(crate) fn node() -> Result<PathBuf> {
    let node = find_or_install("Node.js", &["node", "nodejs"], &["nodejs", "npm"])?;
    let version = process::output(Command::new(&node).arg("--version"))?;
    let version = version.trim();
    match major_version(version) {
        Some(major) if major >= NODE_MAJOR => Ok(node),
        _ => bail!("{} is {version}, and the drivers need {NODE_MAJOR} or newer", node.display()),
    }
}

/// Chromium: the one that the environment variable `CHROMIUM` names, else one on the PATH.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        let path = PathBuf::from(named);
        if !path.is_file() {
            bail!("CHROMIUM names {}, which is not a file", path.display());
        }
        println!("Chromium: {}", path.display());
        return Ok(path);
    }
    find_or_install("Chromium", &["chromium", "chromium-browser", "google-chrome"], &["chromium"])
}

/// Redis.
#[expect(dead_code, reason = "for the tests of several nodes, which start their own Redis")]
pub(crate) fn redis_server() -> Result<PathBuf> {
    find_or_install("Redis", &["redis-server"], &["redis-server"])
}

/// Python 3.
pub(crate) fn python3() -> Result<PathBuf> {
    find_or_install("Python 3", &["python3"], &["python3", "python3-pip"])
}

/// Python 2.7: the one that is named, else one on the PATH or among the versions of pyenv. No package manager has it any more.
pub(crate) fn python2(named: Option<&Path>) -> Result<PathBuf> {
    if let Some(named) = named {
        if !is_python2(named) {
            bail!("{} is no Python 2.7", named.display());
        }
        return Ok(named.to_owned());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = ["python2.7", "python2"].iter().filter_map(|program| find_in(&path, &[program]));
    let found = pyenv_python2().into_iter().chain(on_path).find(|candidate| is_python2(candidate));
    let found = found.context("there is no Python 2.7 on the PATH or in pyenv; name one with --python PATH")?;
    println!("Python 2.7: {}", found.display());
    Ok(found)
}

/// The programs of pyenv are asked for by their own paths: what pyenv puts on the PATH may refuse to run.
fn pyenv_python2() -> Vec<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv"));
    let root = std::env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(home).unwrap_or_default();
    let Ok(versions) = std::fs::read_dir(root.join("versions")) else { return Vec::new() };
    versions.flatten().map(|version| version.path().join("bin/python2.7")).filter(|program| program.exists()).collect()
}

fn is_python2(program: &Path) -> bool {
    let output = Command::new(program).arg("--version").output();
    // It prints its version to standard error.
    output.is_ok_and(|output| output.status.success() && output.stderr.starts_with(b"Python 2.7."))
}

/// Valgrind.
pub(crate) fn valgrind() -> Result<PathBuf> {
    find_or_install("Valgrind", &["valgrind"], &["valgrind"])
}

/// The npm packages of tests/clients, as its lock file has them; returns the folder they are in.
pub(crate) fn npm_packages(workspace: &Workspace) -> Result<PathBuf> {
    let sources = workspace.root.join("tests/clients");
    let folder = workspace.target.join("clients");
    let packages = folder.join("node_modules");
    // The lock file that the packages were installed from, written when they all were.
    let installed = packages.join(".installed-from.json");
    let lock = read(&sources.join("package-lock.json"))?;
    if std::fs::read(&installed).is_ok_and(|before| before == lock) {
        println!("npm packages: {}", packages.display());
        return Ok(packages);
    }

    let npm = find_or_install("npm", &["npm"], &["npm"])?;
    println!("npm packages: installing them into {}", packages.display());
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for name in ["package.json", "package-lock.json"] {
        write(&folder.join(name), &read(&sources.join(name))?)?;
    }
    // The packages of 2011 build native parts that no Node.js of today can compile; they all run without.
    process::run(Command::new(npm).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    write(&installed, &lock)?;
    Ok(packages)
}

fn find_or_install(what: &str, programs: &[&str], debian_packages: &[&str]) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(found) = find_in(&path, programs) {
        println!("{what}: {}", found.display());
        return Ok(found);
    }
    println!("{what}: not on the PATH ({}), installing it", programs.join(", "));
    apt_get_install(debian_packages)
        .with_context(|| format!("{what} is missing; install it and put `{}` on the PATH", programs[0]))?;
    find_in(&path, programs).with_context(|| format!("{what} is not on the PATH even after its installation"))
}

/// The first of the programs, in their order, that a folder of `path` has.
fn find_in(path: &OsStr, programs: &[&str]) -> Option<PathBuf> {
    programs.iter().find_map(|program| {
        std::env::split_paths(path).map(|folder| folder.join(program)).find(|candidate| is_program(candidate))
    })
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

fn apt_get_install(packages: &[&str]) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if find_in(&path, &["apt-get"]).is_none() {
        bail!("there is no apt-get here to install {} with", packages.join(" and "));
    }
    if process::output(Command::new("id").arg("-u"))?.trim() != "0" {
        bail!("only root can install it: sudo apt-get install {}", packages.join(" "));
    }
    static UPDATED: OnceLock<()> = OnceLock::new();
    if UPDATED.get().is_none() {
        process::run(apt_get().arg("update"))?;
        UPDATED.get_or_init(|| ());
    }
    process::run(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages))
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// 20 of `v20.20.2`.
fn major_version(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_their_order_and_only_when_executable() {
        let path = OsStr::new("/nowhere:/bin:/etc");
        assert_eq!(find_in(path, &["no-such-program", "sh"]), Some(PathBuf::from("/bin/sh")));
        assert_eq!(find_in(path, &["passwd-of-nobody", "hostname.d"]), None);
        assert_eq!(find_in(OsStr::new("/etc"), &["passwd"]), None, "a file that cannot be executed");
    }

    #[test]
    fn a_named_python_has_to_be_one() {
        let error = python2(Some(Path::new("/bin/sh"))).expect_err("a shell is none");
        assert_eq!(error.to_string(), "/bin/sh is no Python 2.7");
    }

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!(major_version("v20.20.2"), Some(20));
        assert_eq!(major_version("20.20.2"), None);
        assert_eq!(major_version("v.1"), None);
    }
}
