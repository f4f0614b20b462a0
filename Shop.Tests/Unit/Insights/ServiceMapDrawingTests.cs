using Shop.Insights.Map;
using Shop.Insights.Pages;

namespace Shop.Tests.Unit.Insights;

/// <summary>How the map of services is drawn.</summary>
public class ServiceMapDrawingTests
{
    private static readonly DateTimeOffset _last = new(2026, 11, 26, 18, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Mermaid_has_the_shape_of_each_kind_and_the_figures_of_each_edge()
    {
        var map = Create(
            ("clients/clients", "service/a", 0.5), ("service/a", "database/postgresql/x", 0), ("service/a", "external/h:1", 0));

        Assert.Equal(
            """
            flowchart LR
                n0(["clients"])
                n1["a"]
                n2[("postgresql/x")]
                n3{{"h:1"}}
                n0 -->|"2/min, 50% errors, p95 12.5 ms"| n1
                n1 -->|"2/min, p95 12.5 ms"| n2
                n1 -->|"2/min, p95 12.5 ms"| n3

            """,
            MermaidText.Create(map));
    }

    [Fact]
    public void Calls_that_ended_are_dashed_and_pale()
    {
        var map = Create(("clients/clients", "service/a", 0), ("service/a", "database/x", 0.5));
        map = map with
        {
            Nodes = [.. map.Nodes.Select(node => node with { IsFading = node.Kind == MapNodeKinds.Database })],
            Edges = [map.Edges[0], map.Edges[1] with { IsFading = true }],
        };

        var text = MermaidText.Create(map);
        var layout = new MapLayout(map);

        Assert.Contains("n0 -->|", text, StringComparison.Ordinal);
        Assert.Contains("n1 -.->|", text, StringComparison.Ordinal);
        Assert.Contains("n2[(\"x\")]:::fading\n", text, StringComparison.Ordinal);
        Assert.EndsWith("    classDef fading opacity:0.5\n", text, StringComparison.Ordinal);
        Assert.Equal(["", "failing fading"], layout.Edges.Select(edge => edge.Kind).Order(StringComparer.Ordinal));
        Assert.Equal(["clients", "service", "database fading"], layout.Nodes.Select(node => node.Kind));
        Assert.All(
            layout.Edges, edge => Assert.EndsWith("last call at 2026-11-26 18:00:00 UTC", edge.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Name_that_would_end_a_label_or_be_HTML_is_escaped()
    {
        var text = MermaidText.Create(Create(("service/a\"]\n<b>`;", "service/b#", 0)));

        Assert.Contains("n0[\"a#34;#93;#10;#60;b#62;#96;#59;\"]", text, StringComparison.Ordinal);
        Assert.Contains("n1[\"b#35;\"]", text, StringComparison.Ordinal);
    }

    internal static ServiceMap Create(params (string From, string To, double Errors)[] edges) => new(
        _last.AddHours(-1),
        _last,
        null,
        [
            .. edges.SelectMany(edge => (string[])[edge.From, edge.To]).Distinct()
                .Select(id => (Id: id, Parts: id.Split('/', 2)))
                .Select(node => new MapNode(node.Id, node.Parts[1], node.Parts[0], null, _last, false)),
        ],
        [
            .. edges.Select(edge => new MapEdge(
                edge.From, edge.To, 120, 2, edge.Errors, 12.5, 120, _last, false, new string('a', 32))),
        ]);
}
