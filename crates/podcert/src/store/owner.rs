//! The user that must be able to read the key when root obtains it: the user that a server switches to.

use std::path::{Path, PathBuf};

use crate::diagnose;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    uid: u32,
    home: Option<PathBuf>,
}

impl Owner {
    /// A user by number, or by a name in `passwd`, the text of `/etc/passwd`. A static program has no other way to look up a
    /// name.
    pub fn parse(text: &str, passwd: &str) -> Result<Self, UnknownUser> {
        let number = text.parse::<u32>().ok();
        let entry =
            passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| match number {
                Some(_) => fields.get(2).and_then(|uid| uid.parse().ok()) == number,
                None => fields.first() == Some(&text) && !text.is_empty(),
            });
        let uid = number.or_else(|| entry.as_ref()?.get(2)?.parse().ok());
        let home = entry.and_then(|fields| Some(PathBuf::from(fields.get(5)?)));
        match uid {
            // To the kernel, this number means "no change".
            Some(u32::MAX) | None => Err(UnknownUser { text: text.to_owned() }),
            Some(uid) => Ok(Self { uid, home: home.filter(|home| home.is_absolute()) }),
        }
    }

    /// The user's UID.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// The user's home directory, if `/etc/passwd` names it.
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }
}

/// A text that is not a user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is neither a user in /etc/passwd nor a UID")]
pub struct UnknownUser {
    text: String,
}

diagnose!(UnknownUser { Self { .. } => Usage("use a UID, or a name from the image's /etc/passwd") });

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n# a comment\nbroken\nrabbitmq:x:105:110::/var/lib/rabbitmq:/bin/false\n";

    fn parse(text: &str) -> Result<(u32, Option<PathBuf>), UnknownUser> {
        Owner::parse(text, PASSWD).map(|owner| (owner.uid(), owner.home().map(Path::to_owned)))
    }

    #[test]
    fn a_user_is_found_by_name_or_number() {
        let rabbitmq = Ok((105, Some("/var/lib/rabbitmq".into())));
        assert_eq!(parse("rabbitmq"), rabbitmq);
        assert_eq!(parse("105"), rabbitmq);
        assert_eq!(parse("4711"), Ok((4711, None)));
    }

    #[test]
    fn unknown_users_are_refused() {
        for text in
            ["", "nobody", "broken", "# a comment", "-1", "4294967295", "4294967296", "rabbitmq:", "x"]
        {
            assert!(parse(text).unwrap_err().to_string().contains("/etc/passwd"), "{text}");
        }
    }
}
