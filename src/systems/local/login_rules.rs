//! Which logins the embedded site takes.

use crate::model::LoginRules;

/// What the embedded site takes as a login: what the site takes to which members move in the end.
pub(crate) const LOGIN_RULES: LoginRules = LoginRules::WordPress;
