//! Raw DEFLATE that begins with a dictionary both sides have.
//!
//! The dictionary is what links mostly say, written out once: the six colours, and a word for every member of the API.
//! It may never change: every link there is was made with it. The library has no call for a dictionary, but both ways
//! have one in them: what was compressed before a flush, and what lies in the output already, may be referred to.

use miniz_oxide::{
    DataFormat,
    deflate::core::{CompressionStrategy, CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output},
    inflate::{
        TINFLStatus,
        core::{DecompressorOxide, decompress, inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF},
    },
};

use super::LinkError;

/// What every stream of version 1 may refer to. Frozen: a test knows its hash.
pub(super) const DICTIONARY: &[u8] = include_bytes!("dictionary-1.txt");

/// Compresses bytes, and adds the stream to `out`.
pub(super) fn deflate(bytes: &[u8], out: &mut Vec<u8>) {
    let mut compressor = CompressorOxide::with_params(DataFormat::Raw, 9, CompressionStrategy::Default, 15);
    // A flush ends at a whole byte, so what comes after it is a stream of its own that refers back.
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

/// What a stream holds, if that is no more than `limit` bytes.
pub(super) fn inflate(stream: &[u8], limit: usize) -> Result<Vec<u8>, LinkError> {
    let begin = DICTIONARY.len();
    // A small link takes a small buffer: it grows as long as there is something to write.
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
