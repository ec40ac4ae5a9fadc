//! Raw DEFLATE with a preset dictionary that both sides have.
//!
//! The dictionary contains the most frequent content of links: the six colours, and a word for every member of the API.
//! It must never change, because every existing link was created with it. The library has no function for a dictionary,
//! but a stream may refer to data that was compressed before a flush and, when inflated, to data that is already in the
//! output buffer.

use miniz_oxide::{
    DataFormat,
    deflate::core::{CompressionStrategy, CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output},
    inflate::{
        TINFLStatus,
        core::{DecompressorOxide, decompress, inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF},
    },
};

use super::LinkError;

/// Data that every stream of version 1 may refer to. Frozen: a test checks its hash.
pub(super) const DICTIONARY: &[u8] = include_bytes!("dictionary-1.txt");

/// Compresses bytes and appends the stream to `out`.
pub(super) fn deflate(bytes: &[u8], out: &mut Vec<u8>) {
    let mut compressor = CompressorOxide::with_params(DataFormat::Raw, 9, CompressionStrategy::Default, 15);
    // A flush ends at a byte boundary, so the bytes after it are a separate stream that refers back.
    compress_to_output(&mut compressor, DICTIONARY, TDEFLFlush::Sync, |_| true);
    let mut rest = bytes;
    loop {
        let (status, read) = compress_to_output(&mut compressor, rest, TDEFLFlush::Finish, |chunk| {
            out.extend_from_slice(chunk);
            true
        });
        rest = rest.get(read..).unwrap_or_default();
        if status != TDEFLStatus::Okay {
            break;
        }
    }
}

/// Decompresses a stream, if its content is at most `limit` bytes.
pub(super) fn inflate(stream: &[u8], limit: usize) -> Result<Vec<u8>, LinkError> {
    let begin = DICTIONARY.len();
    // A small link gets a small buffer, which grows as long as there is more output.
    let mut size = (stream.len() * 8).clamp(16 * 1024, limit);
    loop {
        let mut out = DICTIONARY.to_vec();
        out.resize(begin + size, 0);
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, _, written) = decompress(&mut DecompressorOxide::new(), stream, &mut out, begin, flags);
        match status {
            TINFLStatus::Done => {
                out.truncate(begin + written);
                out.drain(..begin);
                return Ok(out);
            }
            TINFLStatus::HasMoreOutput if size >= limit => return Err(LinkError::TooLarge),
            TINFLStatus::HasMoreOutput => size = limit,
            _ => return Err(LinkError::Damaged),
        }
    }
}
