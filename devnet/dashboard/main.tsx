import { render } from 'preact';
import { App } from './App.tsx';
import { follow } from './live.ts';
import { refreshNames } from './names.ts';
import { followTheme } from './theme.ts';
import { followMode } from './time.ts';

const place = document.getElementById('app');
if (place === null) throw new Error('index.html has no place for the dashboard');
followTheme();
follow(refreshNames);
followMode(5_000);
render(<App />, place);
