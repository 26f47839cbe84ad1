import { demoSkus } from '../demo-skus.ts';
import { showExamples } from './examples.ts';
import { watchHealth } from './health.ts';
import { openStockPanel } from './stock-panel.ts';

watchHealth();
showExamples();
openStockPanel(demoSkus);
