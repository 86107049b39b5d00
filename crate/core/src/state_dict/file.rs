//! The bytes of a safetensors file: the length of a header, the header in JSON, the numbers of all tensors.
//!
//! Natively the crate reads files. In a page, JSON is the page's own: what reads JSON in Rust, any JSON, is a tenth of all that
//! the page loads. So the header's text is handed out here, and what comes back is held to the same rules as in the crate.

use safetensors::tensor::{Dtype, TensorInfo, TensorView};
use std::collections::BinaryHeap;

/// Reads the header's text: name, type, shape and place of every tensor, in any order.
pub type ReadHeader = fn(&str) -> Result<Vec<(String, TensorInfo)>, String>;

/// The longest header, as in the crate.
const LONGEST_HEADER: u64 = 100_000_000;

/// The header is filled with spaces up to a multiple of this, so that the numbers are aligned.
const ALIGNMENT: usize = 8;

/// All tensors of a file, in the order of their numbers.
pub(super) fn tensors(bytes: &[u8], read: ReadHeader) -> Result<Vec<(String, TensorView<'_>)>, String> {
    let cut_off = || "it is cut off".to_owned();
    let (length, rest) = bytes.split_first_chunk().ok_or_else(cut_off)?;
    let length = u64::from_le_bytes(*length);
    if length > LONGEST_HEADER {
        return Err("its header is too long".to_owned());
    }
    let (header, mut data) = rest.split_at_checked(length as usize).ok_or_else(cut_off)?;
    let header = str::from_utf8(header).map_err(|_| "its header is not UTF-8".to_owned())?;
    let mut entries = read(header)?;
    // A heap sorts with the least code.
    let places = entries.iter().enumerate().map(|(index, (_, info))| (info.data_offsets, index));
    let order = places.collect::<BinaryHeap<_>>().into_sorted_vec();
    let mut tensors = Vec::with_capacity(order.len());
    let mut start = 0;
    for ((from, to), index) in order {
        let (name, TensorInfo { dtype, shape, .. }) = &mut entries[index];
        let bits = shape.iter().try_fold(dtype.bitsize(), |bits, size| bits.checked_mul(*size));
        let length = to.checked_sub(from).filter(|length| from == start && bits == length.checked_mul(8));
        let own = length.and_then(|length| data.split_at_checked(length));
        let (own, after) = own.ok_or_else(|| format!("type, shape and place of {name} do not fit the file"))?;
        (start, data) = (to, after);
        let view = TensorView::new(*dtype, std::mem::take(shape), own).map_err(|_| cut_off())?;
        tensors.push((std::mem::take(name), view));
    }
    if data.is_empty() { Ok(tensors) } else { Err("it goes on after the last tensor".to_owned()) }
}

/// The file of these tensors, all of one type, as the crate writes it: by name.
///
/// The names are those of parameters, in which JSON escapes nothing.
pub(super) fn write(dtype: Dtype, mut tensors: Vec<(String, Vec<usize>, Vec<u8>)>) -> Vec<u8> {
    let order = tensors.iter().enumerate().map(|(index, (name, ..))| (name.clone(), index));
    let order = order.collect::<BinaryHeap<_>>().into_sorted_vec();
    let (mut header, mut start) = (Vec::new(), 0);
    for (name, index) in &order {
        let (_, shape, bytes) = &tensors[*index];
        let end = start + bytes.len();
        let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
        let shape = shape.join(",");
        header.push(format!(r#""{name}":{{"dtype":"{dtype}","shape":[{shape}],"data_offsets":[{start},{end}]}}"#));
        start = end;
    }
    let mut header = format!("{{{}}}", header.join(",")).into_bytes();
    header.resize(header.len().next_multiple_of(ALIGNMENT), b' ');
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.append(&mut header);
    for (_, index) in order {
        file.append(&mut tensors[index].2);
    }
    file
}
