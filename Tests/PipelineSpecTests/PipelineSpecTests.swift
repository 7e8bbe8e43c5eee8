// Tests of PipelineSpec.
