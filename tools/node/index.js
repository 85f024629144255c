// The package for `import`; what it holds is in index.cjs.
import ringcast from './index.cjs';

export const { HttpPublisher, Publisher, RingcastError } = ringcast;
