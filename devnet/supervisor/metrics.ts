/**
 * One Prometheus page out of the pages of several nodes: each metric is described once, as the format demands. The
 * nodes label their samples with their names, so that no two samples are the same.
 */
export function mergeMetrics(pages: readonly string[]): string {
  const metrics = new Map<string, { readonly description: Set<string>; readonly samples: string[] }>();
  for (const page of pages) {
    let current = '';
    for (const line of page.split('\n')) {
      if (line === '') continue;
      const described = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1];
      if (described !== undefined) current = described;
      const metric = metrics.get(current) ?? { description: new Set(), samples: [] };
      metrics.set(current, metric);
      if (line.startsWith('#')) metric.description.add(line);
      else metric.samples.push(line);
    }
  }
  return [...metrics.values()]
    .flatMap(({ description, samples }) => [...description, ...samples, ''])
    .join('\n');
}
