//! Messages that are sent before those ahead of them have been answered.

use super::{ResponseListener, RowReader, Wire, WireConnection, WireReply, read};

impl WireConnection<'_> {
    /// Queues a message behind those that are queued already, without waiting for a response: it is on its way with the
    /// next call that waits for one. Returns `false` if it could not be queued.
    pub(in crate::drivers::postgres) fn queue(&mut self, sql: &str) -> bool {
        let Wire::Own(own) = &mut self.wire else { return false };
        if self.is_broken || sql.contains('\0') {
            return false;
        }
        match own.runtime.block_on(own.client.simple_query_raw(sql)) {
            Ok(stream) => {
                self.queued.push_back(Box::pin(stream));
                true
            }
            Err(_) => false,
        }
    }

    /// Waits for the response to the first of the queued messages.
    pub(in crate::drivers::postgres) fn next_response(&mut self, listener: &mut dyn ResponseListener) -> WireReply {
        let (Wire::Own(own), Some(mut stream)) = (&mut self.wire, self.queued.pop_front()) else {
            return WireReply { trouble: Some(self.lost()), ..WireReply::default() };
        };
        self.round_trips += 1;
        let mut reply = own.runtime.block_on(read(stream.as_mut(), &own.canceller, listener));
        reply.trouble = reply.trouble.map(|trouble| self.explained(trouble));
        reply
    }

    /// Waits for the responses to all queued messages and discards them. Returns the number of messages that succeeded.
    pub(in crate::drivers::postgres) fn discard_queued(&mut self) -> usize {
        let mut succeeded = 0;
        while !self.queued.is_empty() {
            succeeded += usize::from(self.next_response(&mut RowReader).trouble.is_none());
        }
        succeeded
    }
}
