//! What people say while a lane runs.

use super::super::objects::bundles;
use super::super::people;
use super::super::pictures::anew;
use super::super::run::Run;
use super::super::workers::picture;
use super::{Mood, World};
use lockgate_bytes::Digest;

impl World {
    /// Somebody says something about something that is held; now and then several people in a row, or few objects would
    /// ever be approved by two before they are decided again.
    pub(super) fn review(&mut self, run: &mut Run, failing: bool) {
        self.say(run);
        if self.seed.one_in(3) {
            // Now and then the workers do not get on meanwhile.
            let most = if self.seed.clone().one_in(3) { 0 } else { 9 };
            for _ in 0..5 {
                self.record(run, failing);
                self.say(run);
                run.look_into(most);
                run.decide(1);
            }
        }
    }

    /// People have one picture leave that was built anew; and mostly the power goes at some write of that, or after.
    pub(super) fn approve(&mut self, run: &mut Run, failing: bool) {
        for round in 0..10 {
            let dies =
                self.may_die && !self.disk.is_down() && self.seed.one_in(if round < 4 { 20 } else { 5 });
            if dies {
                self.disk.crash_at(self.disk.operations() + 1 + self.seed.below(30));
            }
            self.hand_over(run, Mood::Together);
            run.look_into(9);
            run.decide(2);
            run.look_into(9);
            run.decide(2);
            self.record(run, failing);
            self.watch.pass(10_000_000);
        }
    }

    /// People say something of one picture after the other, while many come in and no worker gets on.
    pub(super) fn crowd(&mut self, run: &mut Run, failing: bool) {
        for _ in 0..3 {
            self.hand_over(run, Mood::Apart);
            self.record(run, failing);
        }
        self.flood(run, 4);
        for _ in 0..6 {
            self.hand_over(run, Mood::Apart);
            self.record(run, failing);
        }
    }

    /// So many pictures come in, and no worker gets on.
    pub(super) fn flood(&mut self, run: &mut Run, count: u64) {
        for _ in 0..count {
            self.next += 1;
            let bytes = picture(&mut self.seed, self.next);
            self.pictures.insert(Digest::of(&bytes), anew(&bytes));
            self.datagrams.insert(Digest::of(&bytes), self.next);
            run.datagram(bytes);
            run.decide(1);
        }
    }

    /// One statement, or one that was handed in before.
    pub(super) fn say(&mut self, run: &mut Run) {
        self.hand_over(run, Mood::Usual);
    }

    pub(super) fn hand_over(&mut self, run: &mut Run, mood: Mood) {
        let most = if self.has_pictures { 4 } else { 1 };
        let waiting = self.disk.names().iter().filter(|name| name.ends_with(".review")).count();
        let is_read = waiting < most;
        if is_read && (mood == Mood::Together || mood == Mood::Apart || !self.seed.one_in(8)) {
            let mood = if mood == Mood::Usual && waiting > 0 { Mood::Aside } else { mood };
            let force = &bundles()[self.bundle];
            self.said = people::statement(&mut self.seed, run, (force, mood), self.watch.time());
        }
        if let Some(said) = self.said.as_ref().filter(|_| is_read || self.seed.clone().one_in(8)) {
            self.next += 1;
            self.disk.plant(&format!("desk/in/{}.review", self.next), said);
        }
        self.watch.pass(200_000_000);
        run.look_for_statements(self.steady());
        run.decide(2);
    }
}
