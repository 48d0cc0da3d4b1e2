export function documentWithLayers(): Promise<string>;
export function writeLayers(): Promise<void>;
