/** Versions of a plugin under work: prereleases that count up, each above whatever the chain has. */
import { gt, inc, parse, type SemVer } from 'semver';

const WORD = 'dev';

/**
 * The next prerelease of a version, `1.0.0-dev.3`. A chain takes only higher ones: where it has `1.0.0` itself, or a
 * prerelease that sorts above `dev`, it is one of the next patch. Throws TypeError for a version that is none.
 */
export function nextDevVersion(version: string, known: readonly string[]): string {
  const top = known
    .map(versionOf)
    .sort((a, b) => a.compare(b))
    .at(-1);
  const release = releaseOf(versionOf(version));
  if (top === undefined) return `${release}-${WORD}.1`;
  const own = [release, releaseOf(top), inc(releaseOf(top), 'patch') ?? releaseOf(top)];
  const next = own.map(base => `${base}-${WORD}.${countOf(top, base) + 1}`).find(each => gt(each, top));
  if (next === undefined) throw new TypeError(`nothing is above ${top.version}`);
  return next;
}

function versionOf(text: string): SemVer {
  const version = parse(text);
  if (version === null) throw new TypeError(`${text} is no semantic version`);
  return version;
}

const releaseOf = ({ major, minor, patch }: SemVer): string => `${major}.${minor}.${patch}`;

/** How many of a release there have been; 0 where the highest version is none of them. */
function countOf(top: SemVer, release: string): number {
  const [word, count] = top.prerelease;
  return releaseOf(top) === release && word === WORD && typeof count === 'number' ? count : 0;
}
