namespace Shop.Tests.Component.Deploy;

/// <summary>A container that breaks a rule is found.</summary>
public sealed class ContainerPolicyTests
{
    private static readonly ContainerSettings _container = new(
        "cart", "example/cart:0.1.0", 1654, ReadOnly: true, DropsAllCapabilities: true, CanGainPrivileges: false, Privileged: false,
        CpuLimit: "1", MemoryLimit: "512M", HasHealthCheck: true);

    public static TheoryData<string> Violations => [.. _bad.Keys];

    private static readonly Dictionary<string, ContainerSettings> _bad = new()
    {
        ["the image has no tag"] = _container with { Image = "example/cart" },
        ["the tag of the image is latest"] = _container with { Image = "example/cart:latest" },
        ["the image names a registry"] = _container with { Image = "registry.example/cart:0.1.0" },
        ["it runs as root"] = _container with { User = 0 },
        ["its root file system can be written"] = _container with { ReadOnly = false },
        ["it has capabilities"] = _container with { DropsAllCapabilities = false },
        ["it can gain privileges"] = _container with { CanGainPrivileges = true },
        ["it is privileged"] = _container with { Privileged = true },
        ["it has no limit of processors"] = _container with { CpuLimit = null },
        ["it has no limit of memory"] = _container with { MemoryLimit = "" },
        ["it has no health check"] = _container with { HasHealthCheck = false },
    };

    [Fact]
    public void Container_that_follows_all_rules_is_accepted() => Assert.Empty(ContainerPolicy.GetViolations(_container));

    [Theory]
    [MemberData(nameof(Violations))]
    public void Container_that_breaks_a_rule_is_found(string rule) =>
        Assert.Equal([$"cart: {rule}"], ContainerPolicy.GetViolations(_bad[rule]));
}
