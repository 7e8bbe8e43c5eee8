// StandardStages
