using Shop.Insights.Paths;

namespace Shop.Tests.Unit.Insights;

public class PathSummaryTests
{
    private static readonly (string[] Nodes, long Count)[] _paths =
    [
        (["/", "/products", "/cart"], 5),
        (["/", "/products"], 3),
        (["/", "/cart"], 2),
        (["/", "/orders"], 1),
        (["/"], 4),
    ];

    [Fact]
    public void Step_has_its_most_frequent_nodes_the_others_together_and_those_who_do_not_go_on()
    {
        var (nodes, _) = PathReader.Summarize(_paths, steps: 3, top: 1);

        Assert.Equal(
            [
                new(1, "/", "node", 15),
                new(2, "/products", "node", 8), new(2, "other", "other", 3), new(2, "no further action", "none", 4),
                new(3, "/cart", "node", 5), new(3, "no further action", "none", 6),
            ],
            nodes);
    }

    [Fact]
    public void Links_into_a_step_add_up_to_its_nodes()
    {
        var (nodes, links) = PathReader.Summarize(_paths, steps: 3, top: 2);

        Assert.NotEmpty(links);
        Assert.All(nodes.Where(node => node.Step > 1), node => Assert.Equal(
            node.Count, links.Where(link => link.Step == node.Step - 1 && link.To == node.Name).Sum(link => link.Count)));
    }
}
