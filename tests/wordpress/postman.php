<?php
/**
 * A mailer for tests: WordPress's own, but it writes the finished email to a file instead of sending it.
 */
class Rehome_Test_Postman extends PHPMailer\PHPMailer\PHPMailer {

	public $words = '';

	public function postSend() {
		if ( '' !== $this->words ) {
			throw new PHPMailer\PHPMailer\Exception( $this->words );
		}
		file_put_contents( REHOME_TEST_DIR . '/letters', "To: " . implode( ', ', array_column( $this->getToAddresses(), 0 ) ) . "\n" . $this->MIMEHeader . "\n" . $this->MIMEBody . "\n", FILE_APPEND );
		return true;
	}
}
