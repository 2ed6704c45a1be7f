// Package find looks for the setting that suits a workload, and for the bottleneck of a
// pipeline, with package tune of this module, and checks what that estimates.
//
//   - [Sweep] runs a workload on all backends, those of worker processes included.
//   - [Pipeline] runs three stages, asks for the verdict, and then runs them with one
//     more worker where the verdict says that it would help.
package find
