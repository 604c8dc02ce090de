/** An error of AWS, by its exception name, as CCKM gets it. */
export class AwsException extends Error {
  override readonly name: string;
  constructor(name: string, text: string) {
    super(text);
    this.name = name;
  }
}

export const throttling = (): AwsException =>
  new AwsException(
    'ThrottlingException',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
  );
