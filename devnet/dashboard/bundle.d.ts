/** Each file of the dashboard by its name. */
export function bundleDashboard(): Promise<Map<string, Uint8Array>>;
