// What the agent's file says of itself without being run.
#pragma once

// The agent's release: the same as sugarimage's, which refuses to put another one into an image.
#define SUGARAGENT_VERSION "0.1.0"
