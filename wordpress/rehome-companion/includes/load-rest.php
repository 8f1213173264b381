<?php
/**
 * Loads the code that only REST requests and the admin screen need.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

require_once __DIR__ . '/class-failure.php';
require_once __DIR__ . '/class-lease.php';
require_once __DIR__ . '/class-requests.php';
require_once __DIR__ . '/class-new-user.php';
require_once __DIR__ . '/class-member-state.php';
require_once __DIR__ . '/interface-membership.php';
require_once __DIR__ . '/class-source-keys.php';
require_once __DIR__ . '/class-companion-membership.php';
require_once __DIR__ . '/class-accessally-membership.php';
require_once __DIR__ . '/class-culprit.php';
require_once __DIR__ . '/class-database.php';
require_once __DIR__ . '/class-interruption.php';
require_once __DIR__ . '/class-transaction.php';
require_once __DIR__ . '/class-claim.php';
require_once __DIR__ . '/class-member-reader.php';
require_once __DIR__ . '/class-member-writer.php';
require_once __DIR__ . '/class-batch.php';
require_once __DIR__ . '/class-member-list.php';
require_once __DIR__ . '/class-look.php';
require_once __DIR__ . '/class-catalogue.php';
require_once __DIR__ . '/class-letter.php';
require_once __DIR__ . '/class-invite.php';
require_once __DIR__ . '/class-probe.php';
require_once __DIR__ . '/class-status.php';
require_once __DIR__ . '/class-rest.php';
