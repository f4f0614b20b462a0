using CsCheck;
using Shop.Insights.Map;
using Shop.Insights.Pages;

namespace Shop.Tests.Unit.Insights;

/// <summary>Where the nodes, edges and labels of the map of services are.</summary>
public class ServiceMapLayoutTests
{
    // The calls of a run of the shop with simulated faults, the most frequent ones first.
    private static readonly ServiceMap _shop = ServiceMapDrawingTests.Create(
        ("clients/clients", "service/storefront", 0.011), ("service/catalog", "database/postgresql/catalogdb", 0.0001),
        ("service/cart", "database/redis", 0), ("service/storefront", "service/catalog", 0.018),
        ("service/orders", "database/postgresql/ordersdb", 0), ("service/identity", "database/postgresql/identitydb", 0),
        ("service/cart", "service/catalog", 0.01), ("service/storefront", "service/cart", 0.009),
        ("service/storefront", "service/identity", 0), ("service/storefront", "service/orders", 0.3),
        ("service/orders", "service/catalog", 0.003), ("messaging/checkout-submitted", "service/orders", 0.009),
        ("service/cart", "service/orders", 0.031), ("service/cart", "messaging/checkout-submitted", 0),
        ("service/orders", "messaging/order-confirmed", 0.006), ("messaging/order-confirmed", "service/cart", 0),
        ("messaging/order-confirmed", "service/catalog", 0), ("service/storefront", "external/127.0.0.1:45767", 1),
        ("service/catalog", "database/postgresql", 1), ("service/storefront", "external/shop.invalid:15140", 1),
        ("service/storefront", "external/127.0.0.1:35629", 1), ("messaging/order-rejected", "service/cart", 0),
        ("messaging/order-rejected", "service/catalog", 0), ("service/orders", "messaging/order-rejected", 0),
        ("service/orders", "database/postgresql", 1), ("service/storefront", "external/127.0.0.1:42081", 1),
        ("unknown/unknown", "service/identity", 0), ("unknown/unknown", "service/cart", 0), ("unknown/unknown", "service/catalog", 0),
        ("clients/clients", "service/identity", 0), ("service/cart", "external/localhost:15100", 0),
        ("service/cart", "service/identity", 0), ("unknown/unknown", "service/orders", 0));

    private static readonly string[] _kinds =
        ["clients", "unknown", "service", "service", "service", "messaging", "database", "external"];

    private static readonly Gen<ServiceMap> _map =
        from nodes in Gen.Select(
            Gen.Int[0, _kinds.Length - 1].Select(index => _kinds[index]),
            Gen.String[Gen.Char.AlphaNumeric, 1, 30]).Array[2, 15]
        from edges in Gen.Select(
            Gen.Int[0, nodes.Length - 1], Gen.Int[0, nodes.Length - 1], Gen.Int[0, 3].Select(quarters => quarters / 4.0))
            .Where(edge => edge.Item1 != edge.Item2).Array[1, 40]
        select ServiceMapDrawingTests.Create([.. edges.DistinctBy(edge => (edge.Item1, edge.Item2)).Select(edge =>
            (GetId(nodes, edge.Item1), GetId(nodes, edge.Item2), edge.Item3))]);

    [Fact]
    public void Labels_of_the_shop_overlap_nothing_and_most_edges_have_one()
    {
        AssertReadable(_shop);

        var layout = new MapLayout(_shop);
        Assert.InRange(layout.Area.Width, 0, 1250);
        Assert.InRange(layout.Edges.Count(edge => edge.Label is null), 0, 2);
        Assert.All(layout.Edges.Where(edge => edge.Kind == "failing"), edge => Assert.Equal(2, edge.Label?.Lines.Count));
    }

    [Fact]
    public void Labels_of_random_maps_overlap_nothing() => _map.Sample(AssertReadable, iter: 300);

    [Fact]
    public void Services_are_at_the_right_of_those_that_call_them_and_queues_in_the_column_of_their_receivers()
    {
        var layout = new MapLayout(ServiceMapDrawingTests.Create(
            ("clients/clients", "service/a", 0), ("service/a", "service/b", 0), ("service/b", "service/c", 0.1),
            ("service/a", "service/c", 0), ("service/c", "service/a", 0), ("service/c", "database/x", 0),
            ("service/b", "messaging/m", 0), ("messaging/m", "service/c", 0),
            // Only a message leads to d, and nothing to e and f.
            ("service/c", "messaging/n", 0), ("messaging/n", "service/d", 0), ("service/e", "service/f", 0),
            ("service/f", "service/e", 0)));

        Assert.Equal(
            ["clients", "a e", "b f", "c m", "n x", "d"],
            layout.Nodes.GroupBy(node => node.Box.X).OrderBy(column => column.Key)
                .Select(column => string.Join(' ', column.Select(node => node.Name).Order(StringComparer.Ordinal))));
    }

    [Fact]
    public void Label_without_room_is_left_out_and_its_figures_are_in_the_text_of_the_edge()
    {
        var edges =
            from service in Enumerable.Range(0, 12)
            from database in Enumerable.Range(0, 12)
            select ($"service/{service}", $"database/{database}", 0.5);

        var layout = new MapLayout(ServiceMapDrawingTests.Create([.. edges]));

        var edge = layout.Edges.First(edge => edge.Label is null);
        Assert.Contains(": 2/min, 50% failed, 95% within ", edge.Text, StringComparison.Ordinal);
    }

    private static void AssertReadable(ServiceMap map)
    {
        var (lines, layout) = (new MapLines(map), new MapLayout(map));
        var nodes = layout.Nodes.ConvertAll(node => node.Box);
        var labels = layout.Edges.Select(edge => edge.Label?.Box).OfType<MapBox>().ToList();
        var boxes = nodes.Concat(labels).ToList();
        Assert.All(boxes, (box, index) => Assert.DoesNotContain(boxes.Skip(index + 1), box.Overlaps));
        Assert.All(boxes, box => Assert.True(layout.Area.Contains(box)));

        // No edge passes through a node.
        Assert.Equal(map.Edges.Count, layout.Edges.Count);
        Assert.All(
            from curves in lines.Edges
            from curve in curves
            from index in Enumerable.Range(0, 21)
            select curve.GetPoint(index / 20.0),
            point => Assert.DoesNotContain(nodes, node => node.Contains(point)));
    }

    private static string GetId((string Kind, string Name)[] nodes, int index) => $"{nodes[index].Kind}/{nodes[index].Name}{index}";
}
