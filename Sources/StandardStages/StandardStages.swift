public import PipelineSpec

extension StageRegistry {
    /// Every stage that comes with Parley. Register kinds of your own on a copy.
    public static var standard: StageRegistry {
        var registry = StageRegistry()
        for descriptor in PacketStages.all + CodecStages.all + SpeechStages.all + MixingStages.all {
            registry.register(descriptor)
        }
        return registry
    }
}
