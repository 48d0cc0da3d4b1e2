/** The monitor's argument for a visit; what follows it is the layer that the VM has. */
export const VISIT = "--visit";
