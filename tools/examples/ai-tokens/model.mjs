// Stands where the language model would: prints an answer to its argument, a token at a time.
import { setTimeout as sleep } from 'node:timers/promises';

const prompt = process.argv[2] ?? '';
const answer = `You asked: "${prompt}". Every word of this answer is a token of its own.\n\nTokens may hold line breaks, \
and a browser that loses its connection in the middle gets exactly what it missed.`;
for (const token of answer.match(/\S+\s*/g)) {
  process.stdout.write(`${JSON.stringify(token)}\n`);
  await sleep(Number(process.env.TOKEN_MS ?? 60));
}
