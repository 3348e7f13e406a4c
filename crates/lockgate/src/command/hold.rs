//! `lockgate hold`: what waits for people. It reads the store's files without a lock, while a lane runs and while none does;
//! the bytes of an object are never shown.

use super::status::CONFIG_BYTES_MAX;
use crate::args::{HoldListArgs, HoldShowArgs, StoreArgs};
use crate::clock::{self, Reference};
use crate::deployment::keys;
use crate::exit::{Exit, Fault, complain};
use crate::files;
use crate::names;
use crate::show::held::{self, Stored};
use crate::show::table::Table;
use lockgate_bytes::Time;
use lockgate_deployment::Deployment;
use lockgate_disk::RealDisk;
use lockgate_hold::{Fault as HoldFault, Item, Key, View};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most characters of each column but the last: entry, age, left, lane, type, size, reason.
const COLUMNS: &[usize] = &[12, 5, 5, 10, 12, 5, 7];
/// The least characters of the last one, the label: with all others at their most, the table has 80.
const LABEL_MIN: usize = 10;

/// A store, opened for looking into it.
struct Opened {
    view: View,
    folder: PathBuf,
    now: Time,
}

/// The folder of the store, and its key file where there is one.
fn place(args: &StoreArgs) -> Result<(PathBuf, Option<PathBuf>), Fault> {
    let Some(config) = &args.config else {
        return Ok((args.store.clone().unwrap_or_default(), args.key.clone()));
    };
    let name = config.display().to_string();
    let text = files::bounded(config, CONFIG_BYTES_MAX).map_err(|error| Fault::of(&name, &error))?;
    let hold = Deployment::read(&name, &text)?.hold;
    Ok((PathBuf::from(hold.path.value), hold.key.map(|key| PathBuf::from(key.value))))
}

impl Opened {
    /// Opens the store that the arguments name; its key is read only where it is needed.
    fn of(args: &StoreArgs, needs_key: bool) -> Result<Self, Fault> {
        let now = match Reference::parse(args.now.as_deref())? {
            Reference::Clock => clock::now(),
            Reference::At(now) => now,
            Reference::Object => {
                return Err(Fault::new("--now object: ages need one time, such as 2026-03-01T10:05:00Z"));
            }
        };
        let (folder, key_file) = place(args)?;
        let key = key_file.filter(|_| needs_key || args.key.is_some()).map(|file| key(&file)).transpose()?;
        let disk = RealDisk::at(&folder).map_err(|error| Fault::of(folder.display(), &error))?;
        let view = View::open(Arc::new(disk), key).map_err(|fault| about(&folder, &fault))?;
        if view.damaged() > 0 {
            complain(&format!(
                "{}: {} bytes of the index are not as they were written; compare with `lockgate audit show`, since \
                 objects may be missing here",
                folder.display(),
                view.damaged()
            ));
        }
        Ok(Self { view, folder, now })
    }

    /// Everything that is held, the oldest first.
    fn items(&mut self) -> Result<Vec<Item>, Fault> {
        let mut items = Vec::new();
        self.view.list(&mut |item| items.push(item)).map_err(|fault| about(&self.folder, &fault))?;
        items.sort_by_key(|item| (item.facts.arrival, item.entry));
        Ok(items)
    }

    fn exit(&self) -> Exit {
        Exit::negative_if(self.view.damaged() > 0)
    }
}

/// `hold list`: one line an object; exit 1 where the index is damaged.
///
/// # Errors
/// [`Fault`] where the store cannot be read, a filter names what is unknown, or the output fails.
pub(crate) fn list(args: &HoldListArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    if let Some(code) = args.reason.as_deref().filter(|code| lockgate_reason::named(code).is_none()) {
        let known: Vec<&str> = lockgate_reason::all().map(|code| code.id()).collect();
        return Err(Fault::new(match lockgate_notation::closest(code, known.iter().copied()) {
            Some(near) => format!("--reason {code}: no such code; did you mean {near}?"),
            None => format!("--reason {code}: no such code; docs/REASONS.md lists them all"),
        }));
    }
    let mut opened = Opened::of(&args.store, false)?;
    let mut items = opened.items()?;
    if let Some(lane) = &args.lane {
        let mut lanes: Vec<&str> = items.iter().map(|item| &*item.facts.lane).collect();
        lanes.sort_unstable();
        lanes.dedup();
        // Nothing held is no mistake; nothing held of this lane, but of others, may be a slip of the pen.
        if !lanes.is_empty() && !lanes.contains(&lane.as_str()) {
            complain(&names::unknown("held object of a lane", lane, &lanes));
        }
    }
    items.retain(|item| {
        let facts = &item.facts;
        args.lane.as_deref().is_none_or(|lane| lane == &*facts.lane)
            && args.reason.as_deref().is_none_or(|code| facts.codes.iter().any(|known| &**known == code))
    });
    if json {
        lines(&items, opened.now, out)?;
    } else {
        table(&items, opened.now, out)?;
    }
    Ok(opened.exit())
}

fn lines(items: &[Item], now: Time, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    for item in items {
        line.clear();
        held::json(item, now, None, &mut line);
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn table(items: &[Item], now: Time, out: &mut dyn Write) -> Result<(), Fault> {
    if items.is_empty() {
        return writeln!(out, "nothing is held").map_err(Fault::from);
    }
    let head = ["entry", "age", "left", "lane", "type", "size", "reason", "label"];
    let mut table = Table::new(&head).narrow(COLUMNS, LABEL_MIN);
    for item in items {
        let facts = &item.facts;
        let kind = facts.type_id.as_deref().map_or("-", |id| id.split_once('@').map_or(id, |(name, _)| name));
        let left = held::left(facts.not_after, now);
        table.row([
            item.entry.to_string().as_str(),
            &held::short(now.since(facts.arrival)),
            // Its time is that of what was made of it.
            if item.is_kept { "kept" } else { &left },
            &facts.lane,
            kind,
            &held::bytes(item.size),
            facts.codes.first().map_or("-", |code| code),
            facts.label.as_deref().unwrap_or("-"),
        ]);
    }
    table.write(out)?;
    let size = items.iter().fold(0_u64, |sum, item| sum.saturating_add(item.size));
    let kept = items.iter().filter(|item| item.is_kept).count();
    let held = items.len().saturating_sub(kept);
    let noun = if held == 1 { "object" } else { "objects" };
    let beside = if kept > 0 { format!(", {kept} kept") } else { String::new() };
    writeln!(out, "{held} {noun} held{beside}, {size} bytes").map_err(Fault::from)
}

/// `hold show`: everything that is known of an object but its bytes; exit 1 where these are damaged.
///
/// # Errors
/// [`Fault`] where the store cannot be read, nothing of that name is held, or the output fails.
pub(crate) fn show(args: &HoldShowArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let mut opened = Opened::of(&args.store, true)?;
    let name = args.what.to_ascii_lowercase();
    let is_hash = name.len() == 64 && name.bytes().all(|digit| digit.is_ascii_hexdigit());
    let entry = name.parse::<u64>().ok().filter(|_| !is_hash);
    if !is_hash && entry.is_none() {
        return Err(Fault::new(format!(
            "{}: neither an entry nor a SHA-256; `lockgate hold list` shows the entries",
            args.what
        )));
    }
    let mut items = opened.items()?;
    items.retain(|item| match entry {
        Some(entry) => item.entry == entry,
        None => item.sha256.to_string() == name,
    });
    if items.is_empty() {
        return Err(Fault::new(format!(
            "{}: nothing of that name is held; `lockgate hold list` shows what is, `lockgate audit show` what was",
            args.what
        )));
    }
    let mut exit = opened.exit();
    for (at, item) in items.iter().enumerate() {
        let (stored, record) = look(&mut opened.view, item.entry)?;
        if matches!(stored, Stored::Damaged(_)) {
            exit = Exit::Negative;
        }
        let mut text = String::new();
        if json {
            held::json(item, opened.now, Some((&stored, record.as_deref())), &mut text);
            text.push('\n');
        } else {
            if at > 0 {
                text.push('\n');
            }
            held::write(item, opened.now, &stored, record.as_deref(), &mut text);
        }
        out.write_all(text.as_bytes())?;
    }
    Ok(exit)
}

/// Whether the bytes are whole, and the record of the decision, if it can be read.
fn look(view: &mut View, entry: u64) -> Result<(Stored, Option<String>), Fault> {
    let stored = match view.check(entry) {
        Ok(()) => Stored::Whole,
        Err(HoldFault::NoKey) => return Ok((Stored::Sealed, None)),
        Err(fault @ HoldFault::Damaged { .. }) => Stored::Damaged(fault.to_string()),
        Err(fault) => return Err(Fault::new(fault.to_string())),
    };
    match view.account(entry) {
        // What is no JSON is not passed on, and what is stays one line.
        Ok(record) => {
            let value = serde_json::from_str::<serde_json::Value>(&record).ok();
            let line = |value: serde_json::Value| {
                if record.contains(['\n', '\r']) { value.to_string() } else { record.clone() }
            };
            Ok((stored, value.map(line)))
        }
        Err(fault @ HoldFault::Damaged { .. }) => Ok((Stored::Damaged(fault.to_string()), None)),
        Err(fault) => Err(Fault::new(fault.to_string())),
    }
}

/// Reads the key file of a store. Whoever else on the machine may read it has the key too: then it is not used.
pub(crate) fn key(path: &Path) -> Result<Key, Fault> {
    keys::hold(path)
}

fn about(path: &Path, fault: &HoldFault) -> Fault {
    Fault::new(format!("{}: {fault}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{lines, table};
    use lockgate_bytes::{Digest, Precedence, Time};
    use lockgate_hold::{Facts, Item};

    fn item(entry: u64, is_kept: bool) -> Item {
        let facts = Facts {
            epoch: 1,
            draft: entry,
            lane: "down".into(),
            source: "feed".into(),
            type_id: None,
            category: None,
            codes: vec!["LG-H001".into()],
            label: None,
            arrival: Time::from_unix_nanos(0),
            decided: Time::from_unix_nanos(0),
            not_after: None,
            route: "slow".into(),
            precedence: Precedence::Routine,
        };
        Item { entry, sha256: Digest([1; 32]), size: 100, is_kept, facts }
    }

    #[test]
    fn what_is_kept_is_marked_and_not_counted_as_held() {
        let (items, now) = ([item(4, false), item(7, true)], Time::from_unix_nanos(60_000_000_000));
        let mut out = Vec::new();
        table(&items, now, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        let left = |entry: &str| {
            let row = out.lines().find(|line| line.trim_start().starts_with(entry)).unwrap();
            row.split_whitespace().nth(2).unwrap().to_owned()
        };
        assert_eq!((left("4").as_str(), left("7").as_str()), ("-", "kept"), "{out}");
        assert!(out.ends_with("1 object held, 1 kept, 200 bytes\n"), "{out}");
        let mut out = Vec::new();
        lines(&items, now, &mut out).unwrap();
        let lines = String::from_utf8(out).unwrap();
        let kept = lines
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["kept"].clone());
        assert_eq!(kept.collect::<Vec<_>>(), [false, true]);
    }
}
