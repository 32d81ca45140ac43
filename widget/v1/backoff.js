/** Ms to wait after `failures` earlier failures: 0.5 s doubling to 30 s, spread by a quarter. */
export function backoff(failures, random = Math.random) {
  const full = Math.min(30_000, 500 * 2 ** failures);
  return full * (0.75 + random() / 4);
}

/** Wait `ms`, or less: `onWake` receives a function that ends the wait at once. */
export function sleep(ms, onWake = () => {}) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    onWake(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
