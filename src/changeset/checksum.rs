//! A database file in; the same with a checksum behind it, or what is wrong with the checksum of one, out.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write},
    path::Path,
};

use super::{ChangeSetError, FORMAT};

/// Marks a SQLite file as a change set of Rehome.
pub(super) const APPLICATION_ID: i32 = 0x5248_4353;

/// Begins what stands behind the database: this, its length (8 bytes, little-endian) and its BLAKE3 hash.
const MAGIC: &[u8; 8] = b"rehome\xffC";
/// Bytes behind the database.
const LENGTH: u64 = 8 + 8 + 32;
/// Every SQLite file begins with this.
const SQLITE: &[u8; 16] = b"SQLite format 3\0";

/// The hash of everything in a change set: what identifies it.
pub(super) type Checksum = blake3::Hash;

/// Appends the checksum to a whole database.
pub(super) fn seal(path: &Path) -> io::Result<Checksum> {
    let mut file = File::options().read(true).append(true).open(path)?;
    let mut hasher = blake3::Hasher::new();
    let length = io::copy(&mut file, &mut hasher)?;
    let checksum = hasher.finalize();
    write_seal(&mut file, length, &checksum)?;
    Ok(checksum)
}

/// Writes what stands behind the database.
pub(super) fn write_seal(to: &mut impl Write, length: u64, checksum: &Checksum) -> io::Result<()> {
    to.write_all(MAGIC)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(checksum.as_bytes())
}

/// Copies the database of a change set, and says whether it is the one whose checksum stands behind it. The file is
/// read once: what is in the copy is what was checked.
pub(super) fn copy_checked(path: &Path, to: &mut File) -> Result<Checksum, ChangeSetError> {
    let io_error = |error: io::Error| ChangeSetError::Io {
        doing: "open",
        path: path.to_owned(),
        why: error.to_string(),
    };
    let unlike = |why: &str| ChangeSetError::Unlike {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    let damaged = |why: String| ChangeSetError::Damaged {
        path: path.to_owned(),
        why,
    };
    let kind = std::fs::metadata(path).map_err(io_error)?;
    if kind.is_dir() {
        return Err(unlike("it is a folder"));
    }
    if !kind.is_file() {
        return Err(unlike("it is not a file"));
    }
    let mut file = File::open(path).map_err(io_error)?;
    let mut start = [0; 100];
    if file.read_exact(&mut start).is_err() || start[..16] != SQLITE[..] {
        return Err(unlike("it is not a database"));
    }
    let number = |at: usize| u32::from_be_bytes([start[at], start[at + 1], start[at + 2], start[at + 3]]);
    if i64::from(number(68)) != i64::from(APPLICATION_ID) {
        return Err(unlike("it is another program's database"));
    }
    let format = number(60);
    if format == 0 {
        return Err(ChangeSetError::Older {
            path: path.to_owned(),
            expected: FORMAT,
        });
    }
    if format != FORMAT {
        return Err(ChangeSetError::Version {
            path: path.to_owned(),
            found: format,
            expected: FORMAT,
        });
    }
    // A page size of 1 stands for 65,536.
    let page = match u64::from(u16::from_be_bytes([start[16], start[17]])) {
        1 => 65_536,
        size => size,
    };
    let length = u64::from(number(28)) * page;
    let whole = length + LENGTH;
    let present = file.seek(SeekFrom::End(0)).map_err(io_error)?;
    if present < whole {
        return Err(damaged(format!(
            "it was truncated: {present} of {whole} bytes are present"
        )));
    }
    if present > whole {
        return Err(damaged(format!(
            "it has grown: {present} bytes are present, not {whole}"
        )));
    }
    file.seek(SeekFrom::Start(0)).map_err(io_error)?;
    let mut hasher = blake3::Hasher::new();
    let mut left = length;
    let mut buffer = vec![0; 1 << 16];
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = file.read(&mut buffer[..most]).map_err(io_error)?;
        if read == 0 {
            return Err(damaged("it was truncated while it was read".to_owned()));
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read]).map_err(io_error)?;
        left -= read as u64;
    }
    let checksum = hasher.finalize();
    let mut expected = Vec::new();
    write_seal(&mut expected, length, &checksum).map_err(io_error)?;
    let mut behind = Vec::new();
    file.take(LENGTH + 1).read_to_end(&mut behind).map_err(io_error)?;
    if behind != expected {
        return Err(damaged(
            "its checksum does not match: it was changed since it was written".to_owned(),
        ));
    }
    Ok(checksum)
}
