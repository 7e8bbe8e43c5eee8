import Foundation
import VoiceServer

/// A strict reader of Prometheus' text format 0.0.4: whatever it does not know is an error.
struct Metrics {
    struct Sample {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Malformed: Error, CustomStringConvertible {
        var description: String
    }

    var types: [String: String] = [:]
    var samples: [Sample] = []

    init(_ server: VoiceServer, secret: String? = nil) throws {
        let response = try HTTPCall("GET", "/metrics", port: server.apiEndpoint.port, secret: secret)
        guard response.status == 200, response.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true
        else { throw Malformed(description: response.text) }
        try self.init(text: response.text)
    }

    init(text: String) throws {
        guard text.hasSuffix("\n") else { throw Malformed(description: "no newline at the end") }
        var family = ""
        var ended: Set<String> = []
        var helped: Set<String> = []
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP "), words.count == 4 {
                guard helped.insert(words[2]).inserted else { throw Malformed(description: "twice: \(line)") }
                ended.insert(family)
                family = words[2]
                guard !ended.contains(family) else { throw Malformed(description: "in two places: \(family)") }
            } else if line.hasPrefix("# TYPE "), words.count == 4 {
                guard words[2] == family, ["counter", "gauge", "histogram"].contains(words[3]), types[family] == nil
                else { throw Malformed(description: line) }
                types[family] = words[3]
            } else {
                let sample = try Self.sample(line)
                let suffixes = types[family] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
                guard suffixes.contains(where: { family + $0 == sample.name }) else {
                    throw Malformed(description: "outside its family: \(line)")
                }
                samples.append(sample)
            }
        }
        try checkHistograms()
        let keys = samples.map { "\($0.name)\($0.labels.sorted { $0.key < $1.key })" }
        guard Set(keys).count == keys.count else { throw Malformed(description: "a sample stands twice") }
    }

    /// The sum over all labels; nil if there is none.
    subscript(name: String) -> Double? {
        let values = samples.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? nil : values.reduce(0, +)
    }

    private static func sample(_ line: String) throws -> Sample {
        guard
            let match = line.wholeMatch(
                of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (\S+)/)
        else { throw Malformed(description: line) }
        var labels: [String: String] = [:]
        for label in (match.2 ?? "").matches(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"/) {
            labels[String(label.1)] = String(label.2)
        }
        let value = match.3 == "+Inf" ? Double.infinity : Double(match.3)
        guard let value else { throw Malformed(description: line) }
        return Sample(name: String(match.1), labels: labels, value: value)
    }

    /// Buckets grow, the last is infinite and equals the count.
    private func checkHistograms() throws {
        for (family, type) in types where type == "histogram" {
            var series: [[String: String]: [Sample]] = [:]
            for sample in samples where sample.name == family + "_bucket" {
                series[sample.labels.filter { $0.key != "le" }, default: []].append(sample)
            }
            guard !series.isEmpty else { throw Malformed(description: "\(family) has no buckets") }
            for (labels, buckets) in series {
                let bounds = buckets.compactMap { $0.labels["le"].flatMap { $0 == "+Inf" ? .infinity : Double($0) } }
                let count = samples.first { $0.name == family + "_count" && $0.labels == labels }?.value
                guard bounds.count == buckets.count, bounds == bounds.sorted(), bounds.last == .infinity,
                    buckets.map(\.value) == buckets.map(\.value).sorted(), buckets.last?.value == count,
                    samples.contains(where: { $0.name == family + "_sum" && $0.labels == labels })
                else { throw Malformed(description: "the buckets of \(family) \(labels)") }
            }
        }
    }
}
