/** Prints what other plugins tell it, and which plugins come and go. */
import { defineService } from 'devnet/service';

export default defineService({
  async start(api) {
    await api.subscribe('plugin', notice => console.log(`${notice.kind} ${notice.module_name}`));
  },
  message(from, body) {
    console.log(`report of ${from}: ${JSON.stringify(body)}`);
  },
});
