//! Parallel processing of a list in chunks, one thread per chunk.

use std::sync::OnceLock;

/// Maximum number of threads: more do not make reading from disk any faster.
const MAX_THREADS: usize = 8;

/// Applies `work` to chunks of `items` in parallel and returns the results in the order of the items. Chunks have at
/// least `least` items (the last one may be shorter); if one chunk is enough, no thread is started.
///
/// # Errors
/// The error of the first chunk that fails, in the order of the items.
pub(crate) fn map_chunks<T: Send, R: Send, E: Send>(
    items: Vec<T>,
    least: usize,
    work: impl Fn(Vec<T>) -> Result<Vec<R>, E> + Sync,
) -> Result<Vec<R>, E> {
    let chunks = items.len() / least.max(1);
    let threads = if chunks > 1 { cores().min(chunks).clamp(1, MAX_THREADS) } else { 1 };
    if threads == 1 {
        return work(items);
    }
    let length = items.len().div_ceil(threads);
    let mut items = items.into_iter();
    let mut next_share = || items.by_ref().take(length).collect::<Vec<T>>();
    let first = next_share();
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> =
            (1..threads).map(|_| next_share()).map(|share| scope.spawn(move || work(share))).collect();
        let first = work(first);
        let others =
            running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        // All threads have ended before the first error is returned.
        let others: Vec<_> = others.collect();
        let mut all = first?;
        // Growing by doubling would leave a large list half empty.
        all.reserve_exact(others.iter().flatten().map(Vec::len).sum());
        for share in others {
            all.extend(share?);
        }
        Ok(all)
    })
}

/// Returns the number of processors that the program may use. Counting them reads files, so it is done once.
pub(crate) fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_kept_whatever_the_number() {
        for count in [0, 1, 2, 3, 7, 8, 9, 100, 1001] {
            let items: Vec<usize> = (0..count).collect();
            let doubled = map_chunks(items, 2, |share| Ok::<_, ()>(share.into_iter().map(|item| item * 2).collect()));
            assert_eq!(doubled, Ok((0..count).map(|item| item * 2).collect()));
        }
    }

    #[test]
    fn the_first_error_in_order_is_told() {
        let fails = |share: Vec<usize>| match share.iter().find(|item| **item % 10 == 3) {
            Some(item) => Err(*item),
            None => Ok(share),
        };
        assert_eq!(map_chunks((0..100).collect(), 1, fails), Err(3));
    }
}
