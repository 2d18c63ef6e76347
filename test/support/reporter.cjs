// Mocha's spec reporter that also leaves "<passed> <failed>" in the file named by REPORT_FILE, for .ci/run.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.REPORT_FILE;
    if (file) runner.once('end', () => writeFileSync(file, `${this.stats.passes} ${this.stats.failures}\n`));
  }
};
