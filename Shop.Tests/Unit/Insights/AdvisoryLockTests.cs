using System.Reflection;
using Shop.Insights.Data;

namespace Shop.Tests.Unit.Insights;

public class AdvisoryLockTests
{
    [Fact]
    public void Each_purpose_has_a_lock_of_its_own()
    {
        const long Migrations = 1510_0001;
        var locks = typeof(AdvisoryLocks).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (long)field.GetRawConstantValue()!)
            .Append(Migrations)
            .ToList();

        Assert.True(locks.Count > 1);
        Assert.Equal(locks.Distinct(), locks);
    }
}
