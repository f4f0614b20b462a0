using System.Reflection;
using NetArchTest.Rules;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Architecture;

/// <summary>The dependencies between projects, and on libraries that not every service needs.</summary>
public class ProjectDependencyTests
{
    private static readonly Dictionary<string, string[]> _allowedDependenciesOfLibraries = new()
    {
        ["Shop.Telemetry"] = [],
        ["Shop.Web"] = ["Shop.Telemetry"],
        ["Shop.Messaging"] = ["Shop.Telemetry", "Shop.Web"],
        ["Shop.Data"] = ["Shop.Telemetry", "Shop.Web"],
        ["Shop.ServiceDefaults"] = ["Shop.Telemetry", "Shop.Web"],
        ["Shop.Contracts"] = ["Shop.Telemetry"],
    };

    public static TheoryData<string> Projects => [.. ApplicationProjects.Libraries, .. ApplicationProjects.Services];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_depends_only_on_the_projects_below_it(string project) =>
        Assert.Empty(GetReferences(project).Where(IsProject).Except(GetAllowedDependencies(project)));

    [Fact]
    public void Every_library_that_a_service_uses_has_its_allowed_dependencies() =>
        Assert.Empty(ApplicationProjects.Services.SelectMany(GetReferences).Where(IsProject).Except(_allowedDependenciesOfLibraries.Keys));

    [Theory]
    [MemberData(nameof(Projects))]
    public void MassTransit_is_used_only_by_Shop_Messaging(string project) =>
        Assert.Equal(project == "Shop.Messaging", GetReferences(project).Any(IsIn("MassTransit")));

    [Fact]
    public void MassTransit_is_used_only_in_its_own_namespace_of_Shop_Messaging()
    {
        var result = Types.InAssembly(Assembly.Load("Shop.Messaging"))
            .That().DoNotResideInNamespace("Shop.Messaging.MassTransit")
            .ShouldNot().HaveDependencyOn("MassTransit")
            .GetResult();

        Assert.True(result.IsSuccessful, string.Join(Environment.NewLine, result.FailingTypeNames ?? []));
    }

    [Theory]
    [InlineData("MassTransit")]
    [InlineData("RabbitMQ")]
    [InlineData("Microsoft.EntityFrameworkCore")]
    [InlineData("Npgsql")]
    [InlineData("StackExchange.Redis")]
    public void Service_defaults_need_no_broker_or_database_library(string library)
    {
        var projects = GetReferences("Shop.ServiceDefaults").Where(IsProject).Prepend("Shop.ServiceDefaults");

        Assert.DoesNotContain(projects.SelectMany(GetReferences), reference => IsIn(library)(reference));
    }

    // A service may use all libraries, and no other service.
    private static IReadOnlyList<string> GetAllowedDependencies(string project) =>
        _allowedDependenciesOfLibraries.GetValueOrDefault(project) ?? ApplicationProjects.Libraries;

    private static IEnumerable<string> GetReferences(string project) =>
        Assembly.Load(project).GetReferencedAssemblies().Select(reference => reference.Name!);

    private static bool IsProject(string assembly) => IsIn("Shop")(assembly);

    private static Func<string, bool> IsIn(string library) =>
        assembly => $"{assembly}.".StartsWith($"{library}.", StringComparison.Ordinal);
}
