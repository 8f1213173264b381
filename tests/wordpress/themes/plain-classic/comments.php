<?php
/** The comments of a page. */
wp_list_comments();
comment_form();
