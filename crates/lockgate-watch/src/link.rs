//! What a one-way link out of the lane was spent on: bytes on the wire by class, and on what of it.

use crate::json::{Value, map};
use crate::metrics::Page;
use lockgate_bytes::Precedence;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Bytes on the wire since the start, headers included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkSpent {
    /// Heartbeats, manifests, and what fills a constant stream.
    pub own: u64,
    /// Of each class, the lowest first: all of it, repairs of small objects, and objects that are sent again.
    pub classes: [[u64; 3]; 6],
    /// What the lowest class that waited sent out of its turn.
    pub trickle: u64,
    /// Objects that were not sent again though they should have been, had there been room, or no newer report of the same thing.
    pub unrepeated: u64,
}

impl LinkSpent {
    fn all(&self) -> u64 {
        self.classes.iter().fold(self.own, |sum, [all, ..]| sum.saturating_add(*all))
    }

    /// Highest precedence first.
    fn classes(&self) -> impl Iterator<Item = (Precedence, [u64; 3])> + '_ {
        Precedence::ALL.into_iter().zip(self.classes).rev()
    }

    pub(crate) fn value(&self) -> Value {
        // Thousandths of all that left, rounded down.
        let share = |bytes: u64| {
            let thousandths = u128::from(bytes).saturating_mul(1_000).checked_div(u128::from(self.all()));
            u64::try_from(thousandths.unwrap_or(0)).unwrap_or(u64::MAX)
        };
        let class = |(precedence, [all, repairs, again]): (Precedence, [u64; 3])| {
            map([
                ("precedence", precedence.name().into()),
                ("bytes", all.into()),
                ("repair_bytes", repairs.into()),
                ("again_bytes", again.into()),
                ("share_permille", share(all).into()),
            ])
        };
        map([
            ("own_bytes", self.own.into()),
            ("own_permille", share(self.own).into()),
            ("trickle_bytes", self.trickle.into()),
            ("unrepeated", self.unrepeated.into()),
            ("classes", Value::List(self.classes().map(class).collect())),
        ])
    }

    pub(crate) fn page(&self, page: &mut Page<'_>) {
        let name = "link_sent_bytes_total";
        page.head(name, "counter", "Bytes on the link by class; `repair` and `again` are parts of `all`.");
        for (precedence, sums) in self.classes() {
            for (what, bytes) in ["all", "repair", "again"].into_iter().zip(sums) {
                page.line(name, &[("precedence", precedence.name()), ("what", what)], bytes);
            }
        }
        for (name, says, value) in [
            ("link_own_bytes_total", "Heartbeats, manifests and filling, in bytes on the link.", self.own),
            ("link_trickle_bytes_total", "Bytes that the lowest class sent out of its turn.", self.trickle),
            ("link_unrepeated_total", "Objects that were not sent again.", self.unrepeated),
        ] {
            page.head(name, "counter", says);
            page.line(name, &[], value);
        }
    }
}

/// The same as a thread feeds it.
#[derive(Debug, Default)]
pub(crate) struct LinkGauge {
    /// Own bytes, trickle, objects not sent again.
    sums: [AtomicU64; 3],
    classes: [[AtomicU64; 3]; 6],
}

impl LinkGauge {
    pub(crate) fn set(&self, spent: &LinkSpent) {
        let sums = self.sums.iter().zip([spent.own, spent.trickle, spent.unrepeated]);
        let classes = self.classes.iter().flatten().zip(spent.classes.into_iter().flatten());
        sums.chain(classes).for_each(|(into, sum)| into.store(sum, Relaxed));
    }

    /// None where nothing left by a link: nothing leads there, or it has not begun.
    pub(crate) fn seen(&self) -> Option<LinkSpent> {
        let [own, trickle, unrepeated] = self.sums.each_ref().map(|sum| sum.load(Relaxed));
        let classes = self.classes.each_ref().map(|class| class.each_ref().map(|sum| sum.load(Relaxed)));
        let spent = LinkSpent { own, classes, trickle, unrepeated };
        (spent.all() > 0).then_some(spent)
    }
}

#[cfg(test)]
mod tests {
    use super::LinkSpent;
    use crate::{Gauges, Sampler};
    use lockgate_bytes::{Precedence, Time};

    #[test]
    fn what_a_link_was_spent_on_is_shown_by_class_and_nothing_where_none_leads_out() {
        let gauges = Gauges::new("cot-down", "0.1.0", Time::from_unix_nanos(0));
        let look = || gauges.look(&Sampler::default(), Time::from_unix_nanos(1), 2_000_000_000);
        assert!(look().json().contains("\"link\":null") && !look().metrics().contains("link_sent_bytes"));
        let mut classes = [[0; 3]; 6];
        classes[Precedence::Flash.place()] = [600, 200, 100];
        gauges.link(&LinkSpent { own: 150, classes, trickle: 50, unrepeated: 2 });
        let value: serde_json::Value = serde_json::from_str(&look().json()).unwrap();
        let link = &value["link"];
        assert_eq!((&link["own_bytes"], &link["own_permille"]), (&150.into(), &200.into()));
        assert_eq!((&link["trickle_bytes"], &link["unrepeated"]), (&50.into(), &2.into()));
        let flash = serde_json::json!({
            "precedence": "FLASH", "bytes": 600, "repair_bytes": 200, "again_bytes": 100, "share_permille": 800
        });
        assert_eq!(link["classes"][1], flash);
        let page = look().metrics();
        assert!(page.contains("precedence=\"FLASH\",what=\"repair\"} 200\n"), "{page}");
        assert!(page.contains("lockgate_link_unrepeated_total{lane=\"cot-down\"} 2\n"), "{page}");
    }
}
