/** The browser that the dashboard is looked at with. It is no package: it comes from the system. */
import { existsSync } from 'node:fs';

/** Where distributions put it. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Its path; undefined where none is installed. */
export const findChromium = (): string | undefined =>
  [process.env.DEVNET_CHROMIUM, ...PLACES].find(path => path !== undefined && existsSync(path));
