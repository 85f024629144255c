// The secret that the application signs with and Ringcast verifies with, made for this run.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

export default async function prepare(directory) {
  const file = path.join(directory, 'hs256.key');
  await writeFile(file, randomBytes(32), { mode: 0o600 });
  return { environment: { SECRET_FILE: file, RINGCAST_JWT_KEY: file } };
}
