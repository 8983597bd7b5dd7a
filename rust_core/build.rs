//! Embeds a digest of the Rust sources, by which a test tells a stale binary from a fresh one; and
//! hands the tutorials to maturin, which puts them into the wheel (`include` in `pyproject.toml`).
//!
//! FNV-1a, 64 bits, over the path and the text of every `.rs` file in order of path; a line ends
//! in a line feed whatever the checkout made of it. `tests/kernels/test_freshness.py` does the same.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut sources = vec![root.join("build.rs")];
    collect_sources(&root.join("src"), &mut sources)?;
    let mut named = Vec::new();
    for path in sources {
        let name = path.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        named.push((name, fs::read_to_string(&path)?.replace("\r\n", "\n")));
    }
    named.sort();
    let bytes = named.iter().flat_map(|(name, text)| name.bytes().chain(text.bytes()));
    println!("cargo:rustc-env=SOURCE_DIGEST={:016x}", fnv1a(bytes));
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src");
    let tutorials = PathBuf::from(env::var("OUT_DIR")?).join("tutorials");
    fs::create_dir_all(&tutorials)?;
    copy_text(&root.join("../tutorials"), "md", &tutorials)?;
    copy_text(&root.join("../docs"), "bib", &tutorials)
}

/// Makes the files of one extension in `to` those of `from`; a crate on its own has no tutorials.
fn copy_text(from: &Path, extension: &str, to: &Path) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(to)? {
        let stale = entry?.path();
        if stale.extension().is_some_and(|found| found == extension) {
            fs::remove_file(stale)?;
        }
    }
    if !from.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let path = entry.path();
        if path.is_file() && path.extension().is_some_and(|found| found == extension) {
            println!("cargo:rerun-if-changed={}", path.display());
            fs::copy(&path, to.join(entry.file_name()))?;
        }
    }
    println!("cargo:rerun-if-changed={}", from.display());
    Ok(())
}

fn collect_sources(folder: &Path, into: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect_sources(&path, into)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
    Ok(())
}

fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
