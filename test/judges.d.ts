/** The folder of what only tests and benchmarks use. */
export declare const JUDGES: string;
/** The folder of its programs; to import this module puts it on the PATH. */
export declare const PROGRAMS: string;
