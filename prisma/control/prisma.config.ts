import { projectConfig } from '../project-config.ts';

export default projectConfig('tidegate');
